import { serveSharedKafka } from './server.ts'

export default async () => {
  globalThis.sharedKafka = await serveSharedKafka()
  process.env.SHARED_KAFKA = globalThis.sharedKafka.url
}
