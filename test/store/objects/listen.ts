import { once } from 'node:events'
import type { Server } from 'node:http'

/** @returns the port of this machine that the server listens on */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
