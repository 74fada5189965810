import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** The answer to a request: a status, a redirect, or none. */
export type Answer = number | 'hangs' | { redirectTo: string }

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly received: Received[]
  /** The answers to the next requests, in order. After the last one, every answer is 200. */
  readonly answers: Answer[]
}

/**
 * A real HTTP server as the receiver of a webhook.
 * @param tls certificate of the server; without it, the url is http
 */
export async function startReceiver(tls?: { key: string; cert: string }): Promise<Receiver> {
  const received: Received[] = []
  const answers: Answer[] = []
  const listener: Parameters<typeof createServer>[1] = (request, response) =>
    void text(request).then(body => {
      const { method, url: path, headers } = request
      received.push({ method, path, headers, body })
      const answer = answers.shift() ?? 200
      if (answer === 'hangs') return
      if (typeof answer === 'number') response.writeHead(answer).end()
      else response.writeHead(302, { location: answer.redirectTo }).end()
    })
  // Else it closes an idle connection after some seconds, and a watchdog may just be posting over it.
  const keep = { keepAliveTimeout: 0 }
  const server = tls ? createTlsServer({ ...tls, ...keep }, listener) : createServer(keep, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    received,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
