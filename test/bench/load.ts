import { connect } from '../../functions/kafka/connection/connection.ts'
import { offsetCommit } from '../../functions/kafka/protocol/messages/offset-commit.ts'
import { chunks } from '../../functions/kafka/requests/in-parts.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { untilServed } from '../brokers/clients/topics.ts'
import { plaintext } from '../builders/kafka-settings.ts'
import { groupNames } from './groups.ts'

export const PARTITIONS = 20
const AT_ONCE = 200
const TOPICS_PER_REQUEST = 50

/** The empty topics that the groups commit to. */
export const emptyTopics = topicNames('orders', 50)

export function topicNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
}

export async function createTopics(
  bootstrap: readonly string[],
  names: readonly string[],
  configs: Record<string, string> = {},
): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const topics = names.map(topic => ({ topic, numPartitions: PARTITIONS, configEntries }))
  for (const part of chunks(topics, TOPICS_PER_REQUEST))
    await admin.createTopics({ topics: part, waitForLeaders: false, timeout: 60_000 })
  for (const topic of names) await untilServed(admin, topic)
  await admin.disconnect()
}

/** The commits of a group, one for each partition of its topic. */
export interface GroupLoad {
  group: string
  topic: string
  offsetOf: (partition: number) => bigint
}

/** Groups number [from, to) commit to the empty topics. */
export const loadGroups = (bootstrap: readonly string[], from: number, to: number): Promise<void> =>
  commitAll(
    bootstrap,
    groupNames(from, to).map((group, i) => ({
      group,
      topic: emptyTopics[(from + i) % emptyTopics.length] ?? '',
      offsetOf: partition => BigInt((from + i) * 1000 + partition),
    })),
  )

/** The cluster has one broker. */
export async function commitAll(bootstrap: readonly string[], loads: readonly GroupLoad[]): Promise<void> {
  // The first commit waits until the coordinator has made its log.
  const [first] = loads
  if (first === undefined) return
  const { group, topic } = first
  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 0n }] }])

  const connection = await connect(plaintext(...bootstrap))
  try {
    const [broker = 0] = connection.brokers.keys()
    for (const part of chunks(loads, AT_ONCE))
      await Promise.all(
        part.map(async ({ group, topic, offsetOf }) => {
          const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
            partition,
            offset: offsetOf(partition),
          }))
          const topics = [{ topic, partitions }]
          const results = await connection.send(broker, offsetCommit, { group, topics })
          const refused = results.find(({ error }) => error !== 0)
          if (refused) throw new Error(`commit of ${group} was refused with error ${refused.error}`)
        }),
      )
  } finally {
    await connection.close()
  }
}
