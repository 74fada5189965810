import { createRequire } from 'node:module'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'

/**
 * kafkajs, a client that shares no code with the one under test: producers, classic groups, transactions, ACLs, and the
 * admin as a witness. It says nothing on the terminal.
 */
export function kafkajs(brokers: readonly string[], more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 10_000,
    retry: { initialRetryTime: 100, retries: 10 },
    ...more,
  })
}

/** The first record that a consumer of a classic group gets of a partition: where it goes on. */
export async function firstOffset(
  brokers: readonly string[],
  group: string,
  { topic, partition }: { topic: string; partition: number },
): Promise<bigint> {
  const consumer = kafkajs(brokers).consumer({ groupId: group })
  await consumer.connect()
  await consumer.subscribe({ topic })
  const { promise: first, resolve } = Promise.withResolvers<bigint>()
  await consumer.run({
    autoCommit: false,
    async eachMessage({ partition: of, message }) {
      if (of === partition) resolve(BigInt(message.offset))
    },
  })
  const offset = await first
  await consumer.disconnect()
  return offset
}

// After each answer kafkajs sets a timer of −1 ms that sets the next one, for ever (kafkajs#1704): a tenth of a core.
const { prototype: queue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
const schedule = queue.scheduleCheckPendingRequests
queue.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) schedule.call(this)
}
