import { archiveClasses } from '../class-archive.ts'
import { nodeClasses } from '../libraries.ts'
import { serveSharedKafka } from './server.ts'

export default async () => {
  // The first download takes longer than a test may. Where it fails, the tests that need it say why.
  for (const version of ['4.4.0', '4.3.1', '3.9.2', '3.6.2']) await nodeClasses(version).catch(() => {})
  await archiveClasses().catch(() => {})

  globalThis.sharedKafka = await serveSharedKafka()
  process.env.SHARED_KAFKA = globalThis.sharedKafka.url
}
