import { connect } from '../../functions/kafka/connection/connection.ts'
import { offsetCommit } from '../../functions/kafka/protocol/messages/offset-commit.ts'
import { chunks } from '../../functions/kafka/requests/in-parts.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { groupNames } from './groups.ts'

const TOPICS = 50
export const PARTITIONS = 20
const AT_ONCE = 200

/** The topics that the groups commit to, empty ones. */
export async function createTopics(bootstrap: readonly string[]): Promise<void> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  const topics = Array.from({ length: TOPICS }, (_, i) => ({ topic: topicOf(i), numPartitions: PARTITIONS }))
  await admin.createTopics({ topics, waitForLeaders: true, timeout: 60_000 })
  await admin.disconnect()
}

/** Groups number [from, to) commit an offset in each partition of a topic. The cluster has one broker. */
export async function loadGroups(bootstrap: readonly string[], from: number, to: number): Promise<void> {
  const commitsOf = (partitions: number, group: number) =>
    Array.from({ length: partitions }, (_, partition) => ({
      partition,
      offset: BigInt(group * 1000 + partition),
    }))

  // It waits until the coordinator has made its log.
  const [first = ''] = groupNames(from, to)
  const topic = topicOf(from)
  await commitRaw(bootstrap, [{ group: first, offsets: [{ topic, partition: 0, offset: 0n }] }])

  const connection = await connect({
    brokers: [...bootstrap],
    protocol: 'PLAINTEXT',
    ca: undefined,
    certificate: undefined,
    privateKey: undefined,
    sasl: undefined,
  })
  try {
    const [broker = 0] = connection.brokers.keys()
    const numbered = groupNames(from, to).map((group, i) => ({ group, number: from + i }))
    for (const part of chunks(numbered, AT_ONCE))
      await Promise.all(
        part.map(async ({ group, number }) => {
          const topics = [{ topic: topicOf(number), partitions: commitsOf(PARTITIONS, number) }]
          const results = await connection.send(broker, offsetCommit, { group, topics })
          const refused = results.find(({ error }) => error !== 0)
          if (refused) throw new Error(`commit of ${group} was refused with error ${refused.error}`)
        }),
      )
  } finally {
    await connection.close()
  }
}

const topicOf = (group: number) => `orders-${group % TOPICS}`
