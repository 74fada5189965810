import {
  type Bounds,
  type Commit,
  countsFromEmpty,
  type GoneReason,
  isGuarded,
  type Logged,
} from '../model/commit.ts'
import { keyOf, type TopicPartition } from '../model/topic-partition.ts'
import type { GroupLog, LoggedCommit } from '../reading.ts'
import { isRetentionChanged, type ReadingContext, shortestRetention } from './reading-context.ts'

/**
 * The new records of a key. Most groups have no new records, and this check saves building a key for each of their
 * offsets.
 */
const newIn = (log: GroupLog | undefined, key: TopicPartition): LoggedCommit | undefined =>
  log === undefined || log.commits.size === 0 ? undefined : log.commits.get(keyOf(key))

/**
 * The last commit record of a key, from this run or an earlier one. A tombstone after it does not matter: the log is
 * read further than OffsetFetch looked, so the tombstone may be newer than the answer. Null if the log has a gap, which
 * may hide a later record. If the log was not read this time, the record of the earlier run stays, as a bound.
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
 * The exact commit of the offset in OffsetFetch's answer: the last record of its key, if it has the same offset and no
 * later record is unread. Null otherwise; the record is then only a bound.
 */
export const exactCommit = (
  logged: Logged | null,
  offset: bigint,
  log: GroupLog | undefined,
): Logged | null => (log?.caughtUp && logged?.offset === offset ? logged : null)

/** When the group became Empty, according to the group's last record that this run or an earlier one has read. */
export function lastEmptySince(rows: readonly Commit[], log: GroupLog | undefined): number | null {
  const known = log === undefined || log.complete ? loggedBefore(rows) : null
  if (!log?.group || (log.group.older && known !== null)) return known
  return log.group.emptySince
}

const loggedBefore = (rows: readonly Commit[]): number | null =>
  rows.find(({ loggedEmptySince }) => loggedEmptySince !== null)?.loggedEmptySince ?? null

/** Adds new records of the log to a row that was not read this time, because no later run reads these records again. */
export const withLogged = (row: Commit, log: GroupLog | undefined): Commit => ({
  ...row,
  logged: lastLogged(row, log, row),
  loggedEmptySince: lastEmptySince([row], log),
})

/** A tombstone of the key, or a negative offset in its place, that is newer than everything known before. */
export function newTombstone(previous: Commit, log: GroupLog | undefined): LoggedCommit | undefined {
  const logged = newIn(log, previous)
  if (!logged || logged.tombstoneAt === null || logged.uncertain || logged.older) return undefined
  // Runs overlap, so a tombstone may be read twice.
  return previous.logged && logged.tombstoneAt <= previous.logged.at ? undefined : logged
}

/** Why an offset vanished, derived from the moment when it did. */
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

  // The sweep may come late: since the last reading a guard may have ended, the coordinator may have loaded first, or
  // the retention may have changed.
  const mayBeLate = isGuarded(row.rule) || log.reloaded || isRetentionChanged(row, context)
  const sweepableBy = Math.max(deadline, (row.runningFrom ?? 0) + context.clockSkew)
  return mayBeLate || tombstoneAt <= sweepableBy + 2 * context.sweep ? 'expired' : 'deleted'
}

/** The exact deadline of an offset before it vanished, if known. */
function deadlineBefore(row: Commit, log: GroupLog, context: ReadingContext): number | null {
  const before = newIn(log, row)?.before ?? row.logged
  if (before?.expiresAt) return before.expiresAt
  const retention = shortestRetention(row, context)
  if (retention === null || context.isRetentionAssumed) return null

  const start = countsFromEmpty(row) ? lastEmptySince([row], log) : (before?.at ?? null)
  return start === null ? null : start + retention
}

export const exactly = (time: number): Bounds => ({ earliest: time, latest: time })
