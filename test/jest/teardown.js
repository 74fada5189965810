import { rm } from 'node:fs/promises'

export default async () => {
  await globalThis.sharedKafka.close()
  await rm(globalThis.bundledCli, { recursive: true })
}
