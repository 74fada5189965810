import { once } from 'node:events'
import { createServer } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Settings } from '../../core/model/settings.ts'
import type { PageSource } from '../../wiring/page.ts'
import { untilListening } from '../terminal/listen.ts'

export interface PageAddress {
  host: string
  port: number
}

export interface PageServer extends AsyncDisposable {
  /** For a browser on this machine. */
  url: string
}

/**
 * Serves the page without a sign-in: on an address other than loopback, a proxy has to sign people in.
 * @throws Failure if it cannot listen there
 */
export async function servePage(
  { host, port }: PageAddress,
  source: PageSource,
  { url, interval }: Pick<Settings, 'url' | 'interval'>,
  showsMetadata: boolean,
  now = Date.now,
): Promise<PageServer> {
  // Loaded here, since no other command needs them.
  const [{ getRequestListener }, { pageApp }] = await Promise.all([
    import('@hono/node-server'),
    import('./app.ts'),
  ])
  let isOwnHost: (asked: string) => boolean = () => false
  const app = pageApp({
    source,
    interval,
    showsMetadata,
    now,
    isOwnHost: asked => isOwnHost(asked),
  })
  const answer = getRequestListener(app.fetch)
  const server = createServer((request, response) => void answer(request, response)).listen(port, host)
  await untilListening(server, `serve the page at ${bracketed(host)}:${port}`, 'Choose another address.')

  const address = server.address()
  const listening = typeof address === 'object' && address ? address.port : port
  isOwnHost = ownHosts({ host, port: listening }, url)
  return {
    url: `http://${['0.0.0.0', '::'].includes(host) ? 'localhost' : bracketed(host)}:${listening}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * True for the Host header of a request to this page.
 * @param url the page's address behind a proxy
 */
export function ownHosts({ host, port }: PageAddress, url: string | undefined): (asked: string) => boolean {
  // A browser leaves out the port 80, and writes names in lower case.
  const normal = (asked: string) => asked.toLowerCase().replace(/:80$/, '')
  const hosts = new Set(
    ['localhost', '127.0.0.1', '[::1]', bracketed(host)].map(name => normal(`${name}:${port}`)),
  )
  if (url !== undefined) hosts.add(new URL(url).host)
  return asked => hosts.has(normal(asked))
}

const bracketed = (host: string) => (isIPv6(host) ? `[${host}]` : host)
