import type { Before, Commit, Logged } from '../model/commit.ts'
import type { LoggedPosition, RecordsRetention, TimeProbe } from '../reading.ts'
import type { Circumstances } from './circumstances.ts'
import { wasForgotten } from './forgotten.ts'
import { exactCommit, exactly, goneReason, lastLogged, newTombstone } from './logged.ts'
import { isLoss } from './loss.ts'
import { lostRecords } from './lost-records.ts'
import { type EmptyClock, isSeries, type ObservedClock, renewedIfOutlived } from './observed-clock.ts'
import { outsideCommits } from './outside-commits.ts'
import { unreadRecords } from './records-deadline.ts'
import { clockOf, evidenceOf, isGuarded, ruleOf, skewOf } from './retention.ts'

const DAY = 24 * 60 * 60 * 1000

/** How long what was lost is kept, in ms. */
export const KEEP_LOST = 90 * DAY

/** One committed offset, as OffsetFetch returned it in this reading. */
export interface Observed {
  group: string
  topic: string
  partition: number
  topicId: string | null
  offset: bigint
  leaderEpoch: number | null
  metadata: string | null
  pending: boolean
  logStart: bigint | null
  logEnd: bigint | null
  /** What deletes the topic's records; undefined where that was not read. */
  retention: RecordsRetention | undefined
  probes: readonly TimeProbe[]
}

/**
 * A commit as it goes into the snapshot: what this reading saw, and what follows from comparing it with the row before.
 * @param base the row of the snapshot before, if there is one
 * @param empty the clock that counts in place of the commits' while a classic group is Empty
 */
export function observe(
  base: Commit | undefined,
  seen: Observed,
  at: Circumstances,
  empty: EmptyClock | null,
): Commit {
  const known =
    base !== undefined && base.gone === null && !isRecreated(base, seen.topicId) ? base : undefined
  const unchanged = known !== undefined && sameValue(known, seen)
  const valueSeenAt = unchanged ? known.valueSeenAt : at.finishedAt

  const logged = lastLogged(known, at.log, seen)
  const exact = exactCommit(logged, seen.offset, at.log)

  const rule = ruleOf(at.group, seen.topic, seen.pending, exact !== null && exact.expiresAt !== null)
  const isContinued = known !== undefined && isSeries(known, rule, at)
  const runningFrom = isGuarded(rule) ? null : ((isContinued ? known.runningFrom : null) ?? at.finishedAt)
  const committed: ObservedClock = {
    start: exact
      ? exactly(exact.at)
      : { earliest: lastCommitNotBefore(base, seen, logged, at), latest: at.finishedAt + at.clockSkew },
    runningFrom,
    renewedAt: unchanged && known.rule === rule && !exact ? known.renewedAt : null,
  }
  const sameFrom = runningFrom === null || exact ? null : Math.max(runningFrom, valueSeenAt)
  const clock = empty ?? renewedIfOutlived(committed, sameFrom, at)

  const moments = {
    committed: empty ? committed.start : clock.start,
    emptySince: empty?.start ?? null,
    seen: { earliest: at.startedAt - at.clockSkew, latest: at.finishedAt + at.clockSkew },
    expiresAt: exact?.expiresAt ?? null,
    mayExpireAt: exact ? null : (logged?.expiresAt ?? null),
  }
  const { evidence, clockStart, deadline, ifStopped } = clockOf(rule, moments, at.retention)
  // Field by field: a spread in this place takes more time than all of the rules.
  return {
    group: seen.group,
    topic: seen.topic,
    partition: seen.partition,
    topicId: seen.topicId ?? known?.topicId ?? null,
    kind: at.group.kind,
    state: at.group.state,
    coordinator: at.group.coordinator,
    offset: seen.offset,
    leaderEpoch: seen.leaderEpoch,
    metadata: seen.metadata,
    logStart: seen.logStart,
    logEnd: seen.logEnd,
    rule,
    evidence,
    clockStart,
    deadline,
    ifStopped,
    expiresAt: moments.expiresAt,
    firstSeenAt: base?.firstSeenAt ?? at.finishedAt,
    valueSeenAt,
    seenFrom: at.startedAt,
    seenAt: at.finishedAt,
    committed: moments.committed,
    emptySince: moments.emptySince,
    outsideCommits: outsideCommits(
      base,
      { seen, committed: committed.start, exactAt: exact?.at ?? null, unchanged },
      empty,
      at,
    ),
    pendingSince: seen.pending
      ? { earliest: pendingNotBefore(known, unchanged, at), latest: at.finishedAt + at.clockSkew }
      : null,
    runningFrom: isGuarded(rule) ? null : clock.runningFrom,
    renewedAt: clock.renewedAt,
    logged,
    loggedEmptySince: empty?.loggedSince ?? null,
    gone: null,
    before: positionBefore(base, seen, at, exact !== null),
    unread: unreadRecords(seen, known, at),
    lostRecords: lostRecords(known, seen, at.finishedAt),
  }
}

/** The same name with another topic id is another topic. */
export const isRecreated = (base: Commit, topicId: string | null): boolean =>
  base.topicId !== null && topicId !== null && base.topicId !== topicId

const sameValue = (base: Commit, seen: Observed) =>
  base.offset === seen.offset &&
  base.leaderEpoch === seen.leaderEpoch &&
  (base.metadata === seen.metadata || base.metadata === null || seen.metadata === null)

/** The lower bound of the last commit, where it is not known exactly. */
function lastCommitNotBefore(
  base: Commit | undefined,
  seen: Observed,
  logged: Logged | null,
  at: Circumstances,
): number | null {
  const observed = notCommittedBefore(base, seen, at)
  return logged ? Math.max(observed ?? -Infinity, logged.at - at.clockSkew) : observed
}

/**
 * What changed between two readings was committed after the earlier began, and what was gone, after the reading began
 * that found it gone.
 */
function notCommittedBefore(base: Commit | undefined, seen: Observed, at: Circumstances): number | null {
  if (base === undefined) return null
  if (base.gone) return base.runningFrom === null ? base.gone.earliest : base.runningFrom - at.clockSkew
  if (isRecreated(base, seen.topicId)) return null
  if (!sameValue(base, seen)) {
    // Kafka keeps the time of a transactional commit, not that of its transaction's end.
    return base.pendingSince ? base.pendingSince.earliest : base.seenFrom - at.clockSkew
  }
  const { earliest } = base.committed
  return earliest === null ? null : earliest - skewOf(evidenceOf(base.committed), at.clockSkew)
}

/** As long as the value stays, it may be the same transaction that is pending. */
function pendingNotBefore(known: Commit | undefined, unchanged: boolean, at: Circumstances): number | null {
  if (known === undefined) return null
  return unchanged && known.pendingSince ? known.pendingSince.earliest : known.seenFrom - at.clockSkew
}

/**
 * What the group had before its last loss, reset or backwards move.
 * @param isLogged the log has the commit that was seen, and no later one
 */
function positionBefore(
  base: Commit | undefined,
  seen: Observed,
  at: Circumstances,
  isLogged: boolean,
): Before | null {
  if (base === undefined) return null

  const from = (reason: Before['reason']): Before => ({
    offset: base.offset,
    topicId: base.topicId,
    leaderEpoch: base.leaderEpoch,
    metadata: base.metadata,
    seenAt: base.seenAt,
    reason,
    lostBy: at.finishedAt + at.clockSkew,
    resetTo: seen.offset,
  })
  if (isRecreated(base, seen.topicId)) return from('topic-deleted')
  if (base.gone) return from(base.gone.reason)

  const lost = lostUnseen(base, at)
  if (lost) return { ...from(lost.reason), ...lost.position }
  if (wasForgottenUnseen(base, seen, at)) return from('offsets-topic')

  const kept = base.before && at.finishedAt - base.before.lostBy <= KEEP_LOST ? base.before : null
  if (seen.offset >= base.offset) return kept

  if (mayHaveExpired(base, at, isLogged)) return from('unknown')
  // To restore a lost position is to move back, too: that must not make the watchdog forget what was lost.
  return kept && isLoss(kept.reason) ? { ...kept, resetTo: seen.offset } : from('moved-back')
}

/** A tombstone between the reading before and this one: lost, and committed again before anybody looked. */
function lostUnseen(base: Commit, at: Circumstances) {
  const logged = newTombstone(base, at.log)
  if (!at.log || !logged?.last || logged.tombstoneAt === null) return undefined
  return {
    reason: goneReason(base, logged.tombstoneAt, at.log, at),
    position: logged.before ? positionOf(logged.before, base) : {},
  }
}

/** Lost with its record in `__consumer_offsets`, without a tombstone, and committed again before anybody looked. */
function wasForgottenUnseen(base: Commit, seen: Observed, at: Circumstances): boolean {
  if (seen.offset === base.offset || !wasForgotten(base, at)) return false
  // Where only the record's place tells, a commit may have come before the partition was loaded: it moves on.
  return at.isAnotherTopic || at.log?.isElsewhere === true || seen.offset < base.offset
}

/** The last commit before a tombstone is newer than the row, which is from the reading before. */
export const positionOf = ({ offset, leaderEpoch, metadata }: LoggedPosition, row: Commit) => ({
  offset,
  leaderEpoch,
  metadata: row.metadata === null ? null : metadata,
})

/**
 * Whether the offset could have been deleted, and committed again, between the row before and this reading. The log's
 * tombstones tell, but only where the log has the commit that was seen: else it is not the log of this group.
 */
function mayHaveExpired(base: Commit, at: Circumstances, isLogged: boolean): boolean {
  if (isLogged && at.log?.complete) return false
  const end = base.deadline ?? base.ifStopped
  if (at.moves && at.log === undefined) return true
  if (end === null) return false
  return end.earliest === null || end.earliest - skewOf(base.evidence, at.clockSkew) <= at.finishedAt
}
