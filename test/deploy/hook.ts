import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/** Where the answers to a slash command are sent: an address of Slack's. */
export interface Hook {
  readonly url: string
  readonly received: unknown[]
  stop(): Promise<void>
}

export async function startHook(): Promise<Hook> {
  const received: unknown[] = []
  const server = createServer((request, response) => {
    void json(request).then(body => {
      received.push(body)
      response.end('ok')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/commands/1`,
    received,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
