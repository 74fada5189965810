import type { Commit, GoneReason } from '../model/commit.ts'
import { keyOf } from '../model/topic-partition.ts'
import { DAY } from '../time.ts'
import type { ReadingContext } from './reading-context.ts'

/** ms for which a tombstone is certain to stay in the log: Kafka's default of delete.retention.ms. */
const TOMBSTONES_KEPT = DAY

/**
 * Why an offset vanished if no tombstone was found. `__consumer_offsets` itself has lost it if its retention was not
 * over, and either the log shows that nobody deleted it, or there is a sign of the loss.
 */
export function reasonWithoutTombstone(row: Commit, context: ReadingContext): GoneReason {
  if (mayHaveBeenSwept(row, context)) return 'unknown'
  return wasForgotten(row, context) || context.moves || wasNotDeleted(row, context)
    ? 'offsets-topic'
    : 'unknown'
}

/**
 * True if the coordinator cannot have kept it: its record was deleted before the partition was loaded, or together with
 * all others.
 */
export function wasForgotten({ logged }: Commit, { log, isAnotherTopic }: ReadingContext): boolean {
  if (isAnotherTopic || log?.isElsewhere) return true
  return log?.reloaded === true && (logged?.logOffset ?? Infinity) < log.start
}

/** A deletion leaves a tombstone, and the log was read past every tombstone that could exist. */
function wasNotDeleted(row: Commit, { log, finishedAt }: ReadingContext): boolean {
  if (!log?.caughtUp || !log.complete || log.commits.get(keyOf(row))?.uncertain) return false
  return row.logged?.offset === row.offset && finishedAt - row.seenFrom < TOMBSTONES_KEPT
}

/** True if its retention may be over by now. */
function mayHaveBeenSwept(row: Commit, context: ReadingContext): boolean {
  const from = sweepableFrom(row, context)
  return from === null || from - context.clockSkew <= context.finishedAt
}

/** The earliest time at which a sweep can have deleted it, ms since the epoch; null if no lower bound is known. */
function sweepableFrom(row: Commit, { retention, clockSkew }: ReadingContext): number | null {
  const expiresAt = row.logged?.expiresAt ?? row.expiresAt
  if (expiresAt !== null) return expiresAt
  if (retention === null) return Infinity

  const committedAt = row.committed.earliest
  const isEmptyClock = row.kind === 'classic' && row.rule !== 'classic-unsubscribed'
  if (!isEmptyClock) return committedAt === null ? null : committedAt + retention
  if (row.state !== 'Empty') return row.seenFrom - clockSkew + retention
  const emptySince = row.emptySince?.earliest ?? null
  if (emptySince === null || (row.loggedEmptySince === null && committedAt === null)) return null
  // If Kafka does not know since when the group is empty, it counts from the commit.
  const start = row.loggedEmptySince === null ? Math.min(emptySince, committedAt ?? emptySince) : emptySince
  return start + retention
}
