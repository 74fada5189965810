import { until } from '../until.ts'
import type { TopicPartitionOffset } from './java-clients.ts'
import { kafkajs } from './kafkajs.ts'

/**
 * A group's offsets in an open transaction. The end of the transaction reaches the group's coordinator some
 * milliseconds after `commit` or `abort` has resolved.
 */
export interface PendingOffsets {
  commit(): Promise<void>
  abort(): Promise<void>
}

/** Writes offsets of a group within a transaction (TxnOffsetCommit), which stays open. */
export async function pendingOffsets(
  bootstrap: readonly string[],
  group: string,
  offsets: readonly TopicPartitionOffset[],
): Promise<PendingOffsets> {
  const producer = kafkajs(bootstrap).producer({
    transactionalId: group,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()

  const transaction = await producer.transaction()
  const topics = offsets.map(({ topic, partition, offset }) => ({
    topic,
    partitions: [{ partition, offset: String(offset) }],
  }))
  // kafkajs does not retry while the group's coordinator is loading.
  await until(() =>
    transaction.sendOffsets({ consumerGroupId: group, topics }).then(
      () => true,
      error => (error.retriable ? false : Promise.reject(error)),
    ),
  )

  return {
    async commit() {
      await transaction.commit()
      await producer.disconnect()
    },
    async abort() {
      await transaction.abort()
      await producer.disconnect()
    },
  }
}
