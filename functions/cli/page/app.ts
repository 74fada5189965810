import { InvalidArgumentError } from 'commander'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { Failure } from '../../core/model/failure.ts'
import type { Overview } from '../../jobs/overview.ts'
import { hashOf } from '../../text/page-path.ts'
import type { PageSource } from '../../wiring/page.ts'
import { duration, pastTime } from '../flags/options.ts'
import { type ClusterPart, firstScreen } from './first-screen.ts'
import { groupList } from './group-list.ts'
import { groupPage } from './group-page.ts'
import { type Html, page } from './layout.ts'
import { copyScript, style } from './style.ts'

export interface PageOptions {
  source: PageSource
  /** True for one of our hosts: `name:port` as in a Host header. Any other is a rebound DNS name. */
  isOwnHost: (host: string) => boolean
  /** ms between two snapshots */
  interval: number
  showsMetadata: boolean
  now?: () => number
}

const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** The page reads only, and answers only GET and HEAD. */
export function pageApp({ source, isOwnHost, interval, showsMetadata, now = Date.now }: PageOptions): Hono {
  const app = new Hono()
  const sentence = (text: string): Html =>
    page('Not shown', html`<h1>Not shown</h1><p class="bad">${text}</p>`)

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    const { host = '', origin } = c.req.header()
    if (!isOwnHost(host))
      return c.html(
        sentence(
          'This page does not answer requests for that host: set WATCHDOG_URL to the address of the page.',
        ),
        421,
      )
    if (origin !== undefined && !isOwnHost(URL.parse(origin)?.host ?? ''))
      return c.html(sentence('This page refuses requests from other sites.'), 403)
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      return c.html(sentence('This page is read-only: it answers GET.'), 405)
    return next()
  })

  const missing = source.missing.map(overview => ({ label: 'Not shown', overview }))
  const parts = async (): Promise<ClusterPart[]> => [
    ...(await Promise.all(
      source.clusters.map(async label => ({
        label,
        overview: await source.overview(label).catch(sentenceOf),
      })),
    )),
    ...missing,
  ]
  const filterOf = (query: Record<string, string>) => ({ q: query.q ?? '', owner: query.owner ?? '' })

  app.get('/style.css', c => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/copy.js', c => c.body(copyScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.get('/', async c => c.html(firstScreen(await parts(), filterOf(c.req.query()), interval, now())))
  app.get('/groups', async c => {
    const number = /^\d{1,6}$/.test(c.req.query('page') ?? '') ? Number(c.req.query('page')) : 1
    return c.html(groupList(await parts(), filterOf(c.req.query()), number, now()))
  })
  app.get('/group', async c => {
    const { cluster = '', name, hash, since, every } = c.req.query()
    if (!source.clusters.includes(cluster))
      throw new Failure('This page has no such cluster: start at the first screen.')
    const overview = await source.overview(cluster)
    const group = name ?? named(overview, hash)
    const span = {
      since: since === undefined ? undefined : pastTime(since),
      every: every === undefined ? undefined : duration(every),
    }
    const [found, history] = await Promise.all([
      source.lookUp(cluster, group),
      source.history(cluster, group, span),
    ])
    const line = overview.groups.find(line => line.group === group)
    const incidents = overview.incidents.filter(incident => incident.group === group)
    const environment = source.environment(cluster)
    const shown = { found, overview: line, history, incidents, showsMetadata, environment }
    return c.html(groupPage(shown, now()))
  })
  app.notFound(c => c.html(sentence('There is no such page: start at the first screen.'), 404))
  app.onError((error, c) => c.html(sentence(sentenceOf(error)), isOfCaller(error) ? 404 : 500))
  return app
}

function named({ groups }: Overview, hash: string | undefined): string {
  const found = groups.find(({ group }) => hashOf(group) === hash)
  if (found) return found.group
  throw new Failure('This page has no such group: look in the list of all groups.')
}

/** A Failure, or a parameter of the address that is not valid. */
const isOfCaller = (error: unknown): error is Error =>
  error instanceof Failure || error instanceof InvalidArgumentError

/** An error of an unknown kind may contain a secret, so its text is not shown. */
const sentenceOf = (error: unknown): string =>
  isOfCaller(error)
    ? error.message
    : 'offset-watchdog itself failed: please report the error that it printed to standard error.'
