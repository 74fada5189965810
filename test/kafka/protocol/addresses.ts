import { once } from 'node:events'
import type { Server } from 'node:net'

/** Starts to listen, and returns the server's host:port on this machine. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
