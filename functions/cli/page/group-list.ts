import { html } from 'hono/html'
import type { GroupOverview } from '../../jobs/overview.ts'
import { count } from '../../text/count.ts'
import { name, upTo } from '../views/format.ts'
import { type ClusterPart, timeLeft } from './first-screen.ts'
import { type Filter, filterForm, groupLink, type Html, isWanted, page, table } from './layout.ts'

const PAGE_SIZE = 100

/**
 * All groups, by cluster and id.
 * @param number page number, from 1
 */
export function groupList(
  clusters: readonly ClusterPart[],
  filter: Filter,
  number: number,
  now: number,
): Html {
  const overviews = clusters.flatMap(({ overview }) => (typeof overview === 'string' ? [] : [overview]))
  const wanted = clusters.flatMap(({ label, overview }) =>
    typeof overview === 'string'
      ? []
      : overview.groups.filter(isWanted(filter)).map(group => ({ cluster: label, group })),
  )
  const pages = Math.max(1, Math.ceil(wanted.length / PAGE_SIZE))
  const shown = Math.min(Math.max(1, number), pages)
  const rows = wanted
    .slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE)
    .map(({ cluster, group }) => rowOf(cluster, group, now))
  return page('All groups', [
    html`<h1>All groups</h1>`,
    filterForm('/groups', filter, overviews),
    ...clusters.flatMap(({ overview }) =>
      typeof overview === 'string' ? [html`<p class="bad">${overview}</p>`] : [],
    ),
    html`<p>${count(wanted.length, 'group')}, page ${shown} of ${pages}.</p>`,
    table('Groups', ['Group', 'Cluster', 'Owner', 'Kind', 'Lost', 'Offsets expire in', 'Lag'], rows),
    html`<nav aria-label="Pages of the list">
      ${shown > 1 ? html`<a rel="prev" href="${pathOf(filter, shown - 1)}">Previous page</a>` : ''}
      ${shown < pages ? html`<a rel="next" href="${pathOf(filter, shown + 1)}">Next page</a>` : ''}
    </nav>`,
  ])
}

const pathOf = ({ q, owner }: Filter, page: number) =>
  `/groups?${new URLSearchParams({ q, owner, page: String(page) }).toString()}`

function rowOf(cluster: string, group: GroupOverview, now: number): Html[] {
  const { owner, kind, state, openLosses, isIgnored, deadline, partitions } = group
  const lag = partitions.reduce((sum, partition) => sum + (partition.lag ?? 0n), 0n)
  return [
    groupLink(cluster, group.group),
    html`${name(cluster)}`,
    html`${owner === null ? '–' : name(owner)}`,
    html`${kind === 'simple' ? 'simple' : `${kind}, ${state}`}`,
    html`${openLosses || '–'}`,
    html`${isIgnored ? 'ignored' : timeLeft(deadline, now)}`,
    html`${upTo(lag)}`,
  ]
}
