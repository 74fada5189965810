import { type Commit, isGuarded, type Logged, type PreviousCommit } from '../model/commit.ts'
import type { LoggedOffset } from '../reading.ts'
import { DAY } from '../time.ts'
import { mayHaveBeenSwept, wasForgotten } from './forgotten.ts'
import { exactCommit, exactly, goneReason, lastLogged, newTombstone } from './logged.ts'
import { isLossReason } from './loss.ts'
import { lostRecords } from './lost-records.ts'
import { type EmptyClock, isSeries, type ObservedClock, renewedIfOutlived } from './observed-clock.ts'
import { outsideCommits } from './outside-commits.ts'
import { isRetentionChanged, type Observed, type ReadingContext } from './reading-context.ts'
import { unreadRecords } from './records-deadline.ts'
import { clockOf, evidenceOf, ruleOf, skewOf } from './retention.ts'

/** How long a lost offset is kept, ms. */
export const KEEP_LOST = 90 * DAY

/**
 * The row of an offset in the next snapshot: the facts of this reading, and the conclusions from comparing them with
 * the previous row.
 * @param previous the row of the last snapshot, if there is one
 * @param empty while a classic group is Empty: its one clock, which replaces the clock of each commit
 */
export function observe(
  previous: Commit | undefined,
  seen: Observed,
  context: ReadingContext,
  empty: EmptyClock | null,
): Commit {
  const known =
    previous !== undefined && previous.gone === null && !isRecreated(previous, seen.topicId)
      ? previous
      : undefined
  const unchanged = known !== undefined && sameValue(known, seen)
  const valueSeenAt = unchanged ? known.valueSeenAt : context.finishedAt

  const logged = lastLogged(known, context.log, seen)
  const exact = exactCommit(logged, seen.offset, context.log)

  const rule = ruleOf(context.group, seen.topic, seen.pending, exact !== null && exact.expiresAt !== null)
  const isContinued = known !== undefined && isSeries(known, rule, context)
  const runningFrom = isGuarded(rule)
    ? null
    : ((isContinued ? known.runningFrom : null) ?? context.finishedAt)
  const committed: ObservedClock = {
    start: exact
      ? exactly(exact.at)
      : {
          earliest: lastCommitNotBefore(previous, seen, logged, context),
          latest: context.finishedAt + context.clockSkew,
        },
    runningFrom,
    renewedAt: unchanged && known.rule === rule && !exact ? known.renewedAt : null,
  }
  const sameFrom = runningFrom === null || exact ? null : Math.max(runningFrom, valueSeenAt)
  const clock = empty ?? renewedIfOutlived(committed, sameFrom, context)

  const moments = {
    committed: empty ? committed.start : clock.start,
    emptySince: empty?.start ?? null,
    seen: { earliest: context.startedAt - context.clockSkew, latest: context.finishedAt + context.clockSkew },
    expiresAt: exact?.expiresAt ?? null,
    mayExpireAt: exact ? null : (logged?.expiresAt ?? null),
  }
  const { evidence, clockStart, deadline, ifStopped } = clockOf(rule, moments, context.retention)
  // Field by field: a spread takes more time here than all rules together.
  return {
    group: seen.group,
    topic: seen.topic,
    partition: seen.partition,
    topicId: seen.topicId ?? known?.topicId ?? null,
    kind: context.group.kind,
    state: context.group.state,
    coordinator: context.group.coordinator,
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
    firstSeenAt: previous?.firstSeenAt ?? context.finishedAt,
    valueSeenAt,
    seenFrom: context.startedAt,
    seenAt: context.finishedAt,
    committed: moments.committed,
    emptySince: moments.emptySince,
    outsideCommits: outsideCommits(
      previous,
      { seen, committed: committed.start, exactAt: exact?.at ?? null, unchanged },
      empty,
      context,
    ),
    pendingSince: seen.pending
      ? {
          earliest: pendingNotBefore(known, unchanged, context),
          latest: context.finishedAt + context.clockSkew,
        }
      : null,
    runningFrom: isGuarded(rule) ? null : clock.runningFrom,
    renewedAt: clock.renewedAt,
    logged,
    loggedEmptySince: empty?.loggedSince ?? null,
    gone: null,
    previousCommit: previousCommitOf(previous, seen, context, exact !== null),
    unread: unreadRecords(seen, known, context),
    lostRecords: lostRecords(known, seen, context.finishedAt),
    lastMember: context.lastMember,
  }
}

/** The same name with another topic id is another topic. */
export const isRecreated = (previous: Commit, topicId: string | null): boolean =>
  previous.topicId !== null && topicId !== null && previous.topicId !== topicId

const sameValue = (previous: Commit, seen: Observed) =>
  previous.offset === seen.offset &&
  previous.leaderEpoch === seen.leaderEpoch &&
  (previous.metadata === seen.metadata || previous.metadata === null || seen.metadata === null)

/** A lower bound of the last commit, if it is not known exactly. */
function lastCommitNotBefore(
  previous: Commit | undefined,
  seen: Observed,
  logged: Logged | null,
  context: ReadingContext,
): number | null {
  const observed = notCommittedBefore(previous, seen, context)
  return logged ? Math.max(observed ?? -Infinity, logged.at - context.clockSkew) : observed
}

/**
 * An offset that changed between two readings was committed after the earlier one began. An offset that had been gone
 * was committed after the start of the reading that found it gone.
 */
function notCommittedBefore(
  previous: Commit | undefined,
  seen: Observed,
  context: ReadingContext,
): number | null {
  if (previous === undefined) return null
  if (previous.gone)
    return previous.runningFrom === null ? previous.gone.earliest : previous.runningFrom - context.clockSkew
  if (isRecreated(previous, seen.topicId)) return null
  if (!sameValue(previous, seen)) {
    // Kafka keeps the time at which a transactional commit was made, not the time at which its transaction ended.
    return previous.pendingSince ? previous.pendingSince.earliest : previous.seenFrom - context.clockSkew
  }
  const { earliest } = previous.committed
  return earliest === null ? null : earliest - skewOf(evidenceOf(previous.committed), context.clockSkew)
}

/** The pending transaction may still be the one of the last reading, as long as the value has not changed. */
function pendingNotBefore(
  known: Commit | undefined,
  unchanged: boolean,
  context: ReadingContext,
): number | null {
  if (known === undefined) return null
  return unchanged && known.pendingSince ? known.pendingSince.earliest : known.seenFrom - context.clockSkew
}

/**
 * The group's offset before its last loss, reset or move backwards.
 * @param isLogged the log contains the commit that was seen, and no later one
 */
function previousCommitOf(
  previous: Commit | undefined,
  seen: Observed,
  context: ReadingContext,
  isLogged: boolean,
): PreviousCommit | null {
  if (previous === undefined) return null

  const from = (reason: PreviousCommit['reason']): PreviousCommit => ({
    offset: previous.offset,
    topicId: previous.topicId,
    leaderEpoch: previous.leaderEpoch,
    metadata: previous.metadata,
    seenAt: previous.seenAt,
    reason,
    lostBy: context.finishedAt + context.clockSkew,
    resetTo: seen.offset,
    foundInState: context.group.state,
  })
  if (isRecreated(previous, seen.topicId)) return from('topic-deleted')
  if (previous.gone) return from(previous.gone.reason)

  const lost = lostUnseen(previous, context)
  if (lost) return { ...from(lost.reason), ...lost.offsetAndMetadata }
  if (wasForgottenUnseen(previous, seen, context)) return from('offsets-topic')

  const kept =
    previous.previousCommit && context.finishedAt - previous.previousCommit.lostBy <= KEEP_LOST
      ? previous.previousCommit
      : null
  if (seen.offset >= previous.offset) return kept

  if (mayHaveExpired(previous, context, isLogged)) return from('unknown')
  // A restore may move an offset back. The row must still show which offset was lost.
  return kept && isLossReason(kept.reason) ? { ...kept, resetTo: seen.offset } : from('moved-back')
}

/**
 * Set if there is a tombstone between the last reading and this one: the offset was lost, and was committed again
 * before this reading.
 */
function lostUnseen(previous: Commit, context: ReadingContext) {
  const logged = newTombstone(previous, context.log)
  if (!context.log || !logged?.last || logged.tombstoneAt === null) return undefined
  return {
    reason: goneReason(previous, logged.tombstoneAt, context.log, context),
    offsetAndMetadata: logged.before ? offsetAndMetadataOf(logged.before, previous) : {},
  }
}

/**
 * True if the record in `__consumer_offsets` was lost without a tombstone, and the offset was committed again before
 * this reading.
 */
function wasForgottenUnseen(previous: Commit, seen: Observed, context: ReadingContext): boolean {
  if (seen.offset === previous.offset || !wasForgotten(previous, context)) return false
  // If the only sign is a record below the log start, the group may have committed before the partition was loaded.
  // Such a commit moves forward, so only a lower offset shows a loss.
  return context.isAnotherTopic || context.log?.isElsewhere === true || seen.offset < previous.offset
}

/** The last commit before a tombstone may be newer than the row, which is from the last reading. */
export const offsetAndMetadataOf = ({ offset, leaderEpoch, metadata }: LoggedOffset, row: Commit) => ({
  offset,
  leaderEpoch,
  metadata: row.metadata === null ? null : metadata,
})

/**
 * True if the offset may have been deleted and committed again between the last row and this reading. A log without a
 * tombstone rules this out, but only if that log contains the commit that was seen: otherwise it is not this group's
 * log.
 */
function mayHaveExpired(previous: Commit, context: ReadingContext, isLogged: boolean): boolean {
  if (isLogged && context.log?.complete) return false
  if (isRetentionChanged(previous, context) && mayHaveBeenSwept(previous, context)) return true
  const end = previous.deadline ?? previous.ifStopped
  if (context.moves && context.log === undefined) return true
  if (end === null) return false
  return (
    end.earliest === null || end.earliest - skewOf(previous.evidence, context.clockSkew) <= context.finishedAt
  )
}
