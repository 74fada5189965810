import { once } from 'node:events'
import type { Server } from 'node:net'
import type { KafkaSettings } from '../../../functions/core/model/settings.ts'

export const plaintext = (...brokers: string[]): KafkaSettings => ({
  brokers,
  protocol: 'PLAINTEXT',
  ca: undefined,
  certificate: undefined,
  privateKey: undefined,
  sasl: undefined,
})

/** Starts to listen, and returns the server's host:port on this machine. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
