import type { TopicPartition } from './clients/java-clients.ts'
import { kafkajs } from './clients/kafkajs.ts'
import { until } from './until.ts'

/** Reads Kafka's state with a client other than the one under test. */
export interface Witness extends AsyncDisposable {
  /** The committed offset; undefined if there is none. */
  committed(group: string, partition: TopicPartition): Promise<bigint | undefined>
  /** Resolves once the committed offset is `offset`. */
  waitUntilCommitted(group: string, partition: TopicPartition, offset: bigint): Promise<void>
  /**
   * Resolves to the time (ms since the epoch) at which the group was first seen without an offset: of that partition if
   * one is given, else of any.
   */
  waitUntilGone(group: string, partition?: TopicPartition): Promise<number>
  /** Deletes a group without members. */
  deleteGroup(group: string): Promise<void>
  close(): Promise<void>
}

export async function witness(bootstrap: readonly string[]): Promise<Witness> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()

  async function offsets(group: string) {
    const topics = await until(() => admin.fetchOffsets({ groupId: group }).catch(unlessRetriable))
    return topics.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => offset !== '-1')
        .map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
    )
  }

  async function committed(group: string, partition: TopicPartition) {
    return (await offsets(group)).find(isOf(partition))?.offset
  }

  const close = () => admin.disconnect()
  return {
    committed,

    async waitUntilCommitted(group, partition, offset) {
      await until(async () => (await committed(group, partition)) === offset)
    },

    async waitUntilGone(group, partition) {
      await until(async () => {
        const left = await offsets(group)
        return partition ? !left.some(isOf(partition)) : left.length === 0
      })
      return Date.now()
    },

    async deleteGroup(group) {
      await admin.deleteGroups([group])
    },

    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A coordinator that has just started may still be loading. */
function unlessRetriable(error: { retriable?: boolean }): undefined {
  if (!error.retriable) throw error
}

const isOf =
  ({ topic, partition }: TopicPartition) =>
  (item: TopicPartition) =>
    item.topic === topic && item.partition === partition
