import type { Bounds, Commit, GoneReason, Logged } from './model.ts'
import type { Circumstances } from './observe.ts'
import { isGuarded } from './retention.ts'

/**
 * What `__consumer_offsets` says of one group, as far as it has been read since the snapshot before. Times are the
 * brokers', in ms since the epoch.
 */
export interface GroupLog {
  /** Read past an end that was taken after OffsetFetch answered: the last record found is the last there is. */
  caughtUp: boolean
  /** No record since the snapshot before can have been missed. */
  complete: boolean
  /** The coordinator has loaded this partition of the log since the snapshot before, or may have. */
  reloaded: boolean
  /**
   * The last record of the group itself, where there is a new one: null emptySince where it has members, or where Kafka
   * does not know. Its tombstones end no offset, and are left out.
   */
  group: { emptySince: number | null } | null
  /** By `logKey`. What has no new record is missing. */
  commits: ReadonlyMap<string, LoggedCommit>
}

/** The last records of one group, topic and partition. */
export interface LoggedCommit {
  /** Null where the last record is a tombstone. */
  last: LoggedPosition | null
  /** The last tombstone: the moment of a sweep or a deletion. */
  tombstoneAt: number | null
  /** What was committed last before that tombstone. */
  before: LoggedPosition | null
  /** A transaction whose end was not read has touched it. */
  uncertain: boolean
}

export interface LoggedPosition extends Logged {
  leaderEpoch: number | null
  metadata: string
  topicId: string | null
}

/** The key of a commit within its group. */
export const logKey = ({ topic, partition }: { topic: string; partition: number }) => `${partition} ${topic}`

/** The last commit record that has been read of a key, in this run or in one before. */
export function lastLogged(base: Commit | undefined, log: GroupLog | undefined, key: string): Logged | null {
  const logged = log?.commits.get(key)
  if (logged) return logged.last && !logged.uncertain ? logged.last : null
  return log?.complete ? (base?.logged ?? null) : null
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
  if (!log?.complete) return null
  return rows.find(({ loggedEmptySince }) => loggedEmptySince !== null)?.loggedEmptySince ?? null
}

/** Why an offset vanished, by the moment at which it did. */
export function goneReason(row: Commit, tombstoneAt: number, log: GroupLog, at: Circumstances): GoneReason {
  const deadline = deadlineBefore(row, log, at)
  if (deadline === null) return 'unknown'
  if (tombstoneAt < deadline) return 'deleted'

  // A guard that fell, or a coordinator that has just loaded, delays the sweep.
  const mayBeLate = isGuarded(row.rule) || log.reloaded
  return mayBeLate || tombstoneAt <= deadline + 2 * at.sweep ? 'expired' : 'deleted'
}

/** The deadline that an offset had before it vanished, where it is known exactly. */
function deadlineBefore(row: Commit, log: GroupLog, { retention }: Circumstances): number | null {
  const before = log.commits.get(logKey(row))?.before ?? row.logged
  if (before?.expiresAt) return before.expiresAt
  if (retention === null) return null

  const start = row.kind === 'classic' ? lastEmptySince([row], log) : (before?.at ?? null)
  return start === null ? null : start + retention
}

export const exactly = (time: number): Bounds => ({ earliest: time, latest: time })
