import { groupPartition } from '../../core/group-partition.ts'
import type { Problem } from '../../core/model/commit.ts'
import type { Connection } from '../connection/connection.ts'
import { TOPIC_AUTHORIZATION_FAILED } from '../protocol/error-codes.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import { topicRights } from '../requests/authorized-operations.ts'
import { type Budget, describe, fetchLog, leadersOf } from './fetch-log.ts'
import { aheadOf, neverEnding, notFound, notRead, undecodable } from './log-problems.ts'
import { OffsetLog } from './offset-log.ts'
import { type OffsetCursor, PartitionReader, type PartitionReading } from './partition-reader.ts'

export interface OffsetLogOptions {
  /** Cursors of the last run; none for the first run. */
  cursors: readonly OffsetCursor[]
  /** Start and end of each partition's log, from `listLogOffsets` after OffsetFetch has answered. */
  ends: ReadonlyMap<number, { start: bigint; end: bigint }>
  /** The number of partitions over which brokers distribute groups, if it differs from the topic's own number. */
  placedOver?: number | undefined
  budget: Budget
  /** ms that the brokers' clocks may be ahead. */
  clockSkew: number
  /** ms since the epoch */
  now: () => number
  signal?: AbortSignal | undefined
  /** @param read number of log offsets that were read, out of `total` */
  progress?: ((read: number, total: number) => void) | undefined
}

export interface OffsetLogReading {
  /** `observed` if the log may not be read; `exact` if all of it was read. */
  mode: 'exact' | 'catching-up' | 'observed'
  log: OffsetLog
  cursors: OffsetCursor[]
  /** How much is known about a group; undefined if its partition was never read. */
  readingOf(group: string): PartitionReading | undefined
  /**
   * Number of log offsets that are still to be read. There are at most as many records, since compaction leaves gaps.
   */
  remaining: number
  records: number
  bytes: number
  problems: Problem[]
}

/** Number of offsets of a partition's first step: about 2 MB of plain commits. */
const FIRST_STEP = 25_000
/** A run's budget lasts for about this many steps in each partition. */
const STEPS = 16

/**
 * Reads `__consumer_offsets` from all leaders at once: first the records since the cursors, then, within the budget,
 * older parts that were never read. Records at or after the given ends are left for the next run.
 *
 * A partition that could not be read to its end is a problem, unless the budget was used up; its cursor stays. Without
 * READ on the topic nothing is read: that is a mode, not a problem.
 * @throws BrokerError if no broker answers; the signal's reason after an abort
 */
export async function readOffsetLog(
  connection: Connection,
  { cursors, ends, placedOver, budget, clockSkew, now, signal, progress = () => {} }: OffsetLogOptions,
): Promise<OffsetLogReading> {
  const topic = await describe(connection)
  const rights = topicRights(topic)
  if (topic === undefined || rights.describe === false || rights.read === false) {
    return summary('observed', new OffsetLog(0), [], cursors, cursors.length)
  }

  const log = new OffsetLog(placedOver ?? topic.partitions.length)
  const readers = readersOf(topic, log, cursors, ends, budget)
  const left = () => readers.reduce((sum, reader) => sum + reader.remaining, 0)
  const total = left()
  const refusals = await fetchLog(connection, topic, readers, {
    budget,
    signal,
    progress: () => progress(total - left(), total),
  })

  const readAt = now()
  const denied = [...refusals.values()].includes(TOPIC_AUTHORIZATION_FAILED)
  const isAllRead = topic.error === 0 && readers.length === topic.partitions.length && left() === 0
  return {
    ...summary(
      denied ? 'observed' : isAllRead ? 'exact' : 'catching-up',
      log,
      readers,
      cursors,
      placedOver ?? topic.partitions.length,
    ),
    problems: [
      ...notFound(topic),
      ...(denied ? [] : notRead(refusals)),
      ...readers.flatMap(undecodable),
      ...readers.flatMap(reader => neverEnding(reader, readAt)),
      ...aheadOf(readAt, clockSkew, readers, leadersOf(topic)),
    ],
  }
}

function readersOf(
  { id, partitions }: TopicMetadata,
  log: OffsetLog,
  cursors: OffsetLogOptions['cursors'],
  ends: OffsetLogOptions['ends'],
  budget: Budget,
): PartitionReader[] {
  const [firstStep, stepBytes] = [FIRST_STEP, budget.bytes / STEPS / Math.max(ends.size, 1)]
  return partitions.flatMap(({ partition }) => {
    const known = ends.get(partition)
    if (known === undefined) return []
    const cursor = cursors.find(candidate => candidate.partition === partition)
    const [start, end] = [Number(known.start), Number(known.end)]
    return [new PartitionReader(log, { partition, topicId: id, start, end, firstStep, stepBytes }, cursor)]
  })
}

function summary(
  mode: OffsetLogReading['mode'],
  log: OffsetLog,
  readers: readonly PartitionReader[],
  cursors: readonly OffsetCursor[],
  partitions: number,
): OffsetLogReading {
  // Partitions that were not read now keep their cursors.
  const readings = new Map(cursors.map(({ partition }) => [partition, NOT_READ]))
  const next = new Map(cursors.map(cursor => [cursor.partition, cursor]))
  for (const reader of readers) {
    readings.set(reader.partition, reader.conclude())
    next.set(reader.partition, reader.cursor)
  }

  const passes = readers.flatMap(reader => reader.ranges)
  return {
    mode,
    log,
    cursors: [...next.values()],
    readingOf: group => readings.get(groupPartition(group, partitions)),
    remaining: readers.reduce((sum, { remaining }) => sum + remaining, 0),
    records: passes.reduce((sum, { records }) => sum + records, 0),
    bytes: passes.reduce((sum, { bytes }) => sum + bytes, 0),
    problems: [],
  }
}

const NOT_READ: PartitionReading = { reachedEnd: false, caughtUp: false, unbroken: true }
