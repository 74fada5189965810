import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'

/** Commits offset 0 of topic `orders`. @param expiresIn ms */
export const commit = (bootstrap: readonly string[], group: string, expiresIn?: number) =>
  commitRaw(bootstrap, [
    {
      group,
      offsets: [{ topic: 'orders', partition: 0, offset: 0n }],
      ...(expiresIn !== undefined && { expiresIn }),
    },
  ])

export async function deleteGroup(bootstrap: readonly string[], group: string): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.deleteGroups([group])
  await admin.disconnect()
}
