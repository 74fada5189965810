import { groupPartition } from '../../core/group-partition.ts'
import type { Problem } from '../../core/model/commit.ts'
import type { Connection } from '../connection/connection.ts'
import { TOPIC_AUTHORIZATION_FAILED } from '../protocol/error-codes.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import { topicRights } from '../requests/authorized-operations.ts'
import { type Budget, describe, fetchLog, leadersOf } from './fetch-log.ts'
import { aheadOf, neverEnding, notRead, undecodable } from './log-problems.ts'
import { OffsetLog } from './offset-log.ts'
import { type OffsetCursor, PartitionReader, type PartitionReading } from './partition-reader.ts'

export interface OffsetLogOptions {
  /** Of the last run; none for the first. */
  cursors: readonly OffsetCursor[]
  /** Where each partition's log started and ended, by `listLogOffsets` after OffsetFetch has answered. */
  ends: ReadonlyMap<number, { start: bigint; end: bigint }>
  /** The number of partitions that places groups, where that is not the topic's own. */
  placedOver?: number | undefined
  budget: Budget
  /** ms that the brokers' clocks may be ahead. */
  clockSkew: number
  /** ms since the epoch */
  now: () => number
  signal?: AbortSignal | undefined
  /** @param read of `total` offsets of the log */
  progress?: ((read: number, total: number) => void) | undefined
}

export interface OffsetLogReading {
  /** `observed` where the log may not be read; `exact` where all of it has been. */
  mode: 'exact' | 'catching-up' | 'observed'
  log: OffsetLog
  cursors: OffsetCursor[]
  /** What may be said of a group; undefined where its partition has never been read. */
  of(group: string): PartitionReading | undefined
  /** Offsets of the log that are still to be read: at most as many records, as compaction leaves holes. */
  remaining: number
  records: number
  bytes: number
  problems: Problem[]
}

/** Offsets of a partition's first step: about 2 MB of plain commits. */
const FIRST_STEP = 25_000
/** About how many steps back of each partition a run's budget allows. */
const STEPS = 16

/**
 * Reads what is new in `__consumer_offsets` since the cursors and then, as far as the budget allows, what is older and
 * has never been read: from all leaders at once. Records at the ends given or behind them are left for the next run.
 *
 * A partition that could not be read to its end is a problem, unless it is the budget that was used up; it keeps its
 * place. Without READ on the topic nothing is read, and that is a mode and no problem.
 * @throws BrokerError where no broker answers; the signal's reason once it is aborted
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
  const isAllRead = readers.length === topic.partitions.length && left() === 0
  return {
    ...summary(
      denied ? 'observed' : isAllRead ? 'exact' : 'catching-up',
      log,
      readers,
      cursors,
      placedOver ?? topic.partitions.length,
    ),
    problems: [
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
    const cursor = cursors.find(each => each.partition === partition)
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
  // What was not read now stays as it was.
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
    of: group => readings.get(groupPartition(group, partitions)),
    remaining: readers.reduce((sum, { remaining }) => sum + remaining, 0),
    records: passes.reduce((sum, { records }) => sum + records, 0),
    bytes: passes.reduce((sum, { bytes }) => sum + bytes, 0),
    problems: [],
  }
}

const NOT_READ: PartitionReading = { reachedEnd: false, caughtUp: false, unbroken: true }
