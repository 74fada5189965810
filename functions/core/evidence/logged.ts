import type { Bounds, Commit, GoneReason, Logged } from '../model/commit.ts'
import { keyOf, type TopicPartition } from '../model/topic-partition.ts'
import type { GroupLog, LoggedCommit } from '../reading.ts'
import type { ReadingContext } from './reading-context.ts'
import { isGuarded } from './retention.ts'

/** The new records of a key. Most groups have none, and then no key is made for each of their offsets. */
const newIn = (log: GroupLog | undefined, key: TopicPartition): LoggedCommit | undefined =>
  log === undefined || log.commits.size === 0 ? undefined : log.commits.get(keyOf(key))

/**
 * The last commit record that has been read of a key, in this run or in one before; a tombstone behind it leaves it as it
 * is, since the log is read further than OffsetFetch could look. What was read before a gap may be followed by another
 * one in the gap; a log that was not read at all this time leaves none.
 */
export function lastLogged(
  previous: Commit | undefined,
  log: GroupLog | undefined,
  key: TopicPartition,
): Logged | null {
  const logged = newIn(log, key)
  const known = log === undefined || log.complete ? (previous?.logged ?? null) : null
  if (logged === undefined || (logged.older && known)) return known
  return logged.uncertain ? null : (logged.last ?? logged.before ?? known)
}

/**
 * The commit that OffsetFetch showed, exactly: the last record of its key, of the same offset, with no later one left
 * unread. Otherwise a record is only a bound.
 */
export const exactCommit = (
  logged: Logged | null,
  offset: bigint,
  log: GroupLog | undefined,
): Logged | null => (log?.caughtUp && logged?.offset === offset ? logged : null)

/** When the group became Empty, by its last record that has been read, in this run or in one before. */
export function lastEmptySince(rows: readonly Commit[], log: GroupLog | undefined): number | null {
  if (log?.group) return log.group.emptySince
  if (log && !log.complete) return null
  return rows.find(({ loggedEmptySince }) => loggedEmptySince !== null)?.loggedEmptySince ?? null
}

/** A row that was not read this time, with what the log says all the same: its records are not read a second time. */
export const withLogged = (row: Commit, log: GroupLog | undefined): Commit => ({
  ...row,
  logged: lastLogged(row, log, row),
  loggedEmptySince: lastEmptySince([row], log),
})

/** The tombstone of a key, or the negative offset in its place, that came after all that was known of it before. */
export function newTombstone(previous: Commit, log: GroupLog | undefined): LoggedCommit | undefined {
  const logged = newIn(log, previous)
  if (!logged || logged.tombstoneAt === null || logged.uncertain || logged.older) return undefined
  // Runs overlap, so that a tombstone may be read twice.
  return previous.logged && logged.tombstoneAt <= previous.logged.at ? undefined : logged
}

/** Why an offset vanished, by the moment at which it did. */
export function goneReason(
  row: Commit,
  tombstoneAt: number,
  log: GroupLog,
  context: ReadingContext,
): GoneReason {
  if (newIn(log, row)?.negative) return 'negative'
  const deadline = deadlineBefore(row, log, context)
  if (deadline === null) return 'unknown'
  if (tombstoneAt < deadline) return 'deleted'

  // A guard that falls, and a coordinator that has to load first, delay the sweep: since the last reading, or until that.
  const mayBeLate = isGuarded(row.rule) || log.reloaded
  const sweepableBy = Math.max(deadline, (row.runningFrom ?? 0) + context.clockSkew)
  return mayBeLate || tombstoneAt <= sweepableBy + 2 * context.sweep ? 'expired' : 'deleted'
}

/** The deadline that an offset had before it vanished, where it is known exactly. */
function deadlineBefore(
  row: Commit,
  log: GroupLog,
  { retention, isRetentionAssumed }: ReadingContext,
): number | null {
  const before = newIn(log, row)?.before ?? row.logged
  if (before?.expiresAt) return before.expiresAt
  if (retention === null || isRetentionAssumed) return null

  const isEmptyClock = row.kind === 'classic' && row.rule !== 'classic-unsubscribed'
  const start = isEmptyClock ? lastEmptySince([row], log) : (before?.at ?? null)
  return start === null ? null : start + retention
}

export const exactly = (time: number): Bounds => ({ earliest: time, latest: time })
