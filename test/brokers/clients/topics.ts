import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { kafkajs } from './kafkajs.ts'

/** Creates a topic with this number of records in each partition. */
export async function createTopic(
  bootstrap: readonly string[],
  topic: string,
  { partitions = 1, records = 0 }: { partitions?: number; records?: number } = {},
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  // kafkajs' own wait for leaders fails on a busy broker.
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false })
  await untilServed(admin, topic)
  await admin.disconnect()
  if (records > 0) await produce(bootstrap, topic, { partitions, records })
}

export async function untilServed(admin: Admin, topic: string): Promise<void> {
  while (!(await hasLeaders(admin, topic))) await sleep(50)
}

/** Metadata names a leader before that broker has opened the partition, so each leader is asked for an offset. */
async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  const found = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
  const partitions = found.topics.flatMap(each => each.partitions)
  if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) return false
  return await admin.fetchTopicOffsets(topic).then(
    () => true,
    () => false,
  )
}

/** Adds this number of records to each of the first `partitions`. */
export async function produce(
  bootstrap: readonly string[],
  topic: string,
  { partitions = 1, records }: { partitions?: number; records: number },
): Promise<void> {
  // Retries must not write records twice, since tests count the records.
  const producer = kafkajs(bootstrap).producer({ idempotent: true })
  await producer.connect()
  const messages = Array.from({ length: partitions * records }, (_, index) => ({
    partition: index % partitions,
    value: String(index),
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** Deletes the records before `offset`, as a topic's own retention would. */
export async function deleteRecords(
  bootstrap: readonly string[],
  { topic, partition, offset }: { topic: string; partition: number; offset: bigint },
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  // kafkajs finds leaders only of topics that it has already asked about.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
  await admin.disconnect()
}

/** Deletes a topic. Creates it again unless `again` is undefined. */
export async function recreateTopic(
  bootstrap: readonly string[],
  topic: string,
  again: { partitions: number; records: number } | undefined,
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
  if (again) await createTopic(bootstrap, topic, again)
}

/** Raises the number of a topic's partitions. */
export async function addPartitions(
  bootstrap: readonly string[],
  topic: string,
  count: number,
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.createPartitions({ topicPartitions: [{ topic, count }] })
  await untilServed(admin, topic)
  await admin.disconnect()
}

/** Sets these configs of a topic, and resets the others. */
export async function configureTopic(
  bootstrap: readonly string[],
  topic: string,
  configs: Record<string, string>,
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] })
  await admin.disconnect()
}
