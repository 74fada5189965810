import { type Commit, countsFromEmpty, type GoneReason } from '../model/commit.ts'
import { keyOf } from '../model/topic-partition.ts'
import { DAY } from '../time.ts'
import { type ReadingContext, shortestRetention } from './reading-context.ts'

/** Minimum time, ms, for which a tombstone stays in the log, if delete.retention.ms has Kafka's default. */
const TOMBSTONES_KEPT = DAY

/**
 * Why an offset vanished if no tombstone was found. `offsets-topic` (the record was lost) requires that the retention
 * was not over, and one of two signs: the log is complete and has no tombstone, or the topic itself shows a loss.
 */
export function reasonWithoutTombstone(row: Commit, context: ReadingContext): GoneReason {
  if (mayHaveBeenSwept(row, context)) return 'unknown'
  return wasForgotten(row, context) || context.moves || wasNotDeleted(row, context)
    ? 'offsets-topic'
    : 'unknown'
}

/**
 * True if the coordinator cannot know the offset any more: the coordinator now uses another partition of the topic, the
 * whole topic was deleted, or the record was deleted before the coordinator loaded its partition.
 */
export function wasForgotten({ logged }: Commit, { log, isAnotherTopic }: ReadingContext): boolean {
  if (isAnotherTopic || log?.isElsewhere) return true
  return log?.reloaded === true && (logged?.logOffset ?? Infinity) < log.start
}

/**
 * True if nobody deleted the offset. A deletion leaves a tombstone, and the log was read to its end before compaction
 * could remove a tombstone.
 */
function wasNotDeleted(row: Commit, { log, finishedAt }: ReadingContext): boolean {
  if (!log?.caughtUp || !log.complete || log.commits.get(keyOf(row))?.uncertain) return false
  return row.logged?.offset === row.offset && finishedAt - row.seenFrom < TOMBSTONES_KEPT
}

/** True if the retention of the offset may be over by now. */
export function mayHaveBeenSwept(row: Commit, context: ReadingContext): boolean {
  const from = sweepableFrom(row, context)
  return from === null || from - context.clockSkew <= context.finishedAt
}

/**
 * The earliest time at which a sweep can have deleted the offset, ms since the epoch; null if no lower bound is known.
 */
function sweepableFrom(row: Commit, context: ReadingContext): number | null {
  const expiresAt = row.logged?.expiresAt ?? row.expiresAt
  if (expiresAt !== null) return expiresAt
  const retention = shortestRetention(row, context)
  if (retention === null) return Infinity

  const committedAt = row.committed.earliest
  if (!countsFromEmpty(row)) return committedAt === null ? null : committedAt + retention
  if (row.state !== 'Empty') return row.seenFrom - context.clockSkew + retention
  const emptySince = row.emptySince?.earliest ?? null
  if (emptySince === null || (row.loggedEmptySince === null && committedAt === null)) return null
  // If the coordinator has no time for the Empty state, the clock starts at the commit.
  const start = row.loggedEmptySince === null ? Math.min(emptySince, committedAt ?? emptySince) : emptySince
  return start + retention
}
