import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import type { Kafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import type { Coordinator } from '../brokers/coordinators.ts'
import type { KafkaVersion } from '../brokers/libraries.ts'
import type { Properties } from '../brokers/properties.ts'
import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import type { Span } from './history.ts'
import { compressions } from './offsets-log.ts'

export interface ClusterOptions {
  kafka: KafkaVersion
  /** Undefined: the version's default. */
  coordinator?: Coordinator | undefined
  brokers: 1 | 3
  /** offsets.topic.compression.codec */
  compression: keyof typeof compressions
  /** True if the cleaner compacts `__consumer_offsets`. */
  compaction: boolean
}

/** ms between two sweeps. */
export const SWEEP = 1000

/** Forgets offsets after a minute. */
export const startCluster = (options: ClusterOptions): Promise<SecuredKafka> =>
  startSecuredKafka({
    version: options.kafka,
    ...(options.coordinator && { coordinator: options.coordinator }),
    brokers: options.brokers,
    retentionMinutes: 1,
    sweepMs: SWEEP,
    properties: {
      'offsets.topic.compression.codec': compressions[options.compression],
      // Kafka aborts no transaction that has timed out.
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 3_600_000,
      ...(options.compaction && compacting),
    },
  })

/** A segment is cleaned a second or two after a commit has rolled it. */
const compacting: Properties = {
  'log.initial.task.delay.ms': 1000,
  'log.cleaner.backoff.ms': 1000,
  'log.cleaner.min.cleanable.ratio': 0.01,
  'log.cleaner.delete.retention.ms': 20_000,
  'log.roll.ms': 5000,
}

const prologue = 'prologue'

/** Creates the topics, and `__consumer_offsets`, which would delay the first commit by some seconds. */
export async function makeTopics(
  { bootstrap, nodes }: Kafka,
  admin: Admin,
  topics: readonly { topic: string; numPartitions: number }[],
): Promise<void> {
  await admin.createTopics({
    topics: [...topics, { topic: prologue, numPartitions: 1 }],
    waitForLeaders: false,
    timeout: 30_000,
  })
  await untilInSync(
    admin,
    topics.map(({ topic }) => topic),
    nodes.length,
  )
  const offsets = [{ topic: prologue, partition: 0, offset: 0n }]
  await persistently(() => commitRaw(bootstrap, [{ group: prologue, offsets }]))
}

/**
 * Restarts one broker after another: each hands over its partitions, and the next one follows when all replicas are
 * back.
 * @param untilLoaded resolves when the coordinators of all groups answer
 * @returns the duration for each broker
 */
export async function restartOneByOne(
  { nodes }: Kafka,
  admin: Admin,
  untilLoaded: () => Promise<void>,
): Promise<Span[]> {
  const restarts: Span[] = []
  for (const node of nodes) {
    const after = Date.now()
    await node.stop()
    await node.start()
    await untilInSync(admin, ['__consumer_offsets'], nodes.length)
    await untilLoaded()
    restarts.push({ after, by: Date.now() })
  }
  return restarts
}

async function untilInSync(admin: Admin, names: string[], replicas: number): Promise<void> {
  await persistently(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: names })
    const isInSync = topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === replicas))
    if (!isInSync) throw new Error('replicas are missing')
  })
}

/** Retries while a broker is away, as any client would. */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}
