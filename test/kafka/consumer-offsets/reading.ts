import { glob, readFile } from 'node:fs/promises'
import type { KafkaSettings } from '../../../functions/core/model/settings.ts'
import { CONSUMER_OFFSETS } from '../../../functions/core/model/topic-partition.ts'
import type { Budget } from '../../../functions/kafka/consumer-offsets/fetch-log.ts'
import type { OffsetCursor } from '../../../functions/kafka/consumer-offsets/partition-reader.ts'
import { type OffsetLogReading, readOffsetLog } from '../../../functions/kafka/consumer-offsets/read-log.ts'
import { newScan } from '../../../functions/kafka/requests/scan.ts'
import { findTopics } from '../../../functions/kafka/scan/find-topics.ts'
import { listLogOffsets } from '../../../functions/kafka/scan/list-log-offsets.ts'
import type { Kafka } from '../../brokers/broker.ts'
import { run } from '../../brokers/java.ts'
import { clientsClasspath } from '../../brokers/libraries.ts'
import { connected } from '../scan/read.ts'

interface Options {
  cursors?: readonly OffsetCursor[]
  budget?: Partial<Budget>
  /** ms that this machine's clock is ahead of the broker's. */
  ahead?: number
  progress?: (read: number, total: number) => void
  settings?: Partial<KafkaSettings>
}

/** Reads the log up to its current end. */
export async function readLog(
  bootstrap: readonly string[],
  options: Options = {},
): Promise<OffsetLogReading> {
  const { cursors = [], budget, ahead = 0, progress, settings = {} } = options
  return connected(bootstrap, settings, async connection => {
    const scan = newScan(connection, {})
    const topics = await findTopics(scan, [CONSUMER_OFFSETS])
    const topic = topics.get(CONSUMER_OFFSETS)
    const partitions = [...(topic?.leaders.keys() ?? [])].map(partition => ({
      topic: CONSUMER_OFFSETS,
      partition,
    }))
    await listLogOffsets(scan, topics, partitions)

    return readOffsetLog(connection, {
      cursors,
      ends: topic?.reading.log ?? new Map(),
      budget: { ms: 60_000, bytes: 2 ** 31, ...budget },
      clockSkew: 60_000,
      now: () => Date.now() + ahead,
      progress,
    })
  })
}

/** The last record of an offset, from Kafka's own consumer and its coordinator's classes. */
export interface Truth {
  group: string
  topic: string
  partition: number
  logOffset: number
  timestamp: number
  /** This and the following fields are missing in a tombstone. */
  offset?: string
  leaderEpoch?: number
  metadata?: string
  committedAt?: number
  expiresAt?: number
  topicId?: string
}

/** Up to the first open transaction. */
export async function truthOf(bootstrap: readonly string[]): Promise<Truth[]> {
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...(await clientsClasspath())]
  const lines = await run('java', [...options, 'OffsetsLog', bootstrap.join()])
  return lines.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
}

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The code's reading, in the form of `Truth`. */
export function found({ log }: OffsetLogReading, { group, topic, partition }: Truth): object | undefined {
  const logged = log.group(group)?.commits.get(`${partition} ${topic}`)
  if (logged === undefined) return undefined

  const { last, logOffset, tombstoneAt } = logged
  if (last === null) return { group, topic, partition, logOffset, timestamp: tombstoneAt }
  return {
    group,
    topic,
    partition,
    logOffset,
    offset: String(last.offset),
    leaderEpoch: last.leaderEpoch ?? -1,
    metadata: last.metadata,
    committedAt: last.at,
    expiresAt: last.expiresAt ?? -1,
    topicId: last.topicId ?? NO_ID,
  }
}

interface StoredBatch {
  codec: number
  transactional: boolean
  control: boolean
  deleteHorizon: boolean
  records: number
}

/** The batches of `__consumer_offsets` in the segments on a one-node Kafka's disk. */
export async function batchesOf({ folder }: Kafka): Promise<StoredBatch[]> {
  const batches: StoredBatch[] = []
  for await (const file of glob(`${folder}/node-1/logs/${CONSUMER_OFFSETS}-*/*.log`)) {
    const bytes = await readFile(file)
    for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
      // Kafka allocates segments in advance, so zeros follow.
      if (bytes.readInt32BE(at + 8) === 0) break
      const attributes = bytes.readInt16BE(at + 21)
      batches.push({
        codec: attributes & 7,
        transactional: (attributes & 0x10) !== 0,
        control: (attributes & 0x20) !== 0,
        deleteHorizon: (attributes & 0x40) !== 0,
        records: bytes.readInt32BE(at + 57),
      })
    }
  }
  return batches
}
