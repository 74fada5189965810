import { createRequire } from 'node:module'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'

/**
 * kafkajs, a client that shares no code with the one under test. kafkajs serves as producer, classic consumer,
 * transaction client, ACL client and witness, and prints nothing.
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

/** The first record of a partition that a consumer of a classic group gets: where the group continues. */
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

// kafkajs sets a timer of −1 ms after each answer, and that timer sets the next one, forever (kafkajs#1704). The timers
// cost a tenth of a core.
const { prototype: queue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
const schedule = queue.scheduleCheckPendingRequests
queue.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) schedule.call(this)
}
