import type { Commit, GoneReason, PreviousCommit } from '../../functions/core/model/commit.ts'
import type { PolicySettings } from '../../functions/core/model/settings.ts'
import type { UnreadRecords } from '../../functions/core/model/unread-records.ts'
import type { AssessmentContext } from '../../functions/core/policy.ts'
import { clockSkew, DAY, HOUR, MINUTE, monday, sevenDays } from '../core/readings.ts'
import { commitOf } from './snapshots.ts'

/** The time at which these commits are assessed; the newest reading ended a minute before. */
export const now = monday
const seenAt = now - MINUTE

export const policy: PolicySettings = {
  levels: { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR },
  levelsByGroup: [],
  records: 'alert',
  recordsByGroup: [],
  stepBackAlerts: [],
  neverCommittedAlerts: [],
  ignore: [],
  routes: [],
  withoutMetadata: [],
  withoutMembers: [],
}

/** The same policy, with one team as the owner of every group. */
export const owned: PolicySettings = {
  ...policy,
  routes: [{ pattern: '*', channel: undefined, mention: undefined, owner: 'team-orders' }],
}

export const context: AssessmentContext = {
  policy,
  retention: [sevenDays],
  now,
  clockSkew,
  newsSince: now - 7 * DAY,
  interval: 15 * MINUTE,
}

/**
 * A simple group's commit, whose deadline is not before `left` from now. The partition's log has the records 0 to 99.
 */
export function aCommit(left: number, changes: Partial<Commit> = {}): Commit {
  const earliest = now + left - 7 * DAY
  const start = { earliest, latest: Math.max(earliest, seenAt) + clockSkew }
  return commitOf({
    group: 'app',
    topic: 'orders',
    topicId: null,
    offset: 50n,
    leaderEpoch: null,
    logStart: 0n,
    logEnd: 100n,
    clockStart: start,
    deadline: { earliest: now + left, latest: start.latest + 7 * DAY },
    firstSeenAt: now - 30 * DAY,
    valueSeenAt: now + left - 7 * DAY,
    seenFrom: seenAt - MINUTE,
    seenAt,
    committed: start,
    runningFrom: now - 30 * DAY,
    ...changes,
  })
}

/** Unread records. Kafka deletes the first one between `left` and a day later, and no snapshot saw that time grow. */
export const unreadOf = (left: number, changes: Partial<UnreadRecords> = {}): UnreadRecords => ({
  atMost: 50n,
  evidence: 'bounded',
  retention: 7 * DAY,
  retentionSetBy: 'topic',
  earliest: now + left,
  latest: now + left + DAY,
  readTo: now + left - 7 * DAY,
  notGrown: 3,
  ...changes,
})

/** The same commit of a classic group that became Empty seven days before the deadline. */
export function stopped(left: number, changes: Partial<Commit> = {}): Commit {
  const commit = aCommit(left)
  return {
    ...commit,
    kind: 'classic',
    rule: 'classic-empty',
    emptySince: commit.committed,
    ...changes,
  }
}

/** An Empty classic group that was seen to commit again and again for an hour. */
export const assigning = (left: number, changes: Partial<Commit> = {}): Commit =>
  stopped(left, {
    committed: { earliest: now - HOUR, latest: seenAt + clockSkew },
    outsideCommits: { first: now - HOUR, last: seenAt },
    ...changes,
  })

/** A commit that a guard keeps. Without the guard, the offset would expire `left` ms from now. */
export const guarded = (left: number, changes: Partial<Commit> = {}): Commit => ({
  ...aCommit(left),
  kind: 'consumer',
  state: 'Stable',
  rule: 'consumer-guarded',
  clockStart: null,
  ifStopped: aCommit(left).deadline,
  deadline: null,
  ...changes,
})

/** A commit of unknown age. */
export const unknownAge = (changes: Partial<Commit> = {}): Commit =>
  aCommit(0, {
    evidence: 'unknown',
    clockStart: { earliest: null, latest: seenAt },
    deadline: { earliest: null, latest: seenAt + 7 * DAY },
    ...changes,
  })

/** A commit that was found gone `ago` ms before now. */
export const gone = (ago: number, commit: Commit = aCommit(0), reason: GoneReason = 'unknown'): Commit => ({
  ...commit,
  seenAt: now - ago - HOUR,
  seenFrom: now - ago - HOUR,
  runningFrom: now - ago - 1,
  gone: { reason, earliest: now - ago - HOUR, latest: now - ago },
})

/** A commit that was lost at offset 80, and was found committed again at 20, `ago` ms before now. */
export const reset = (ago: number, commit: Commit, before: Partial<PreviousCommit> = {}): Commit => ({
  ...commit,
  previousCommit: {
    offset: 80n,
    topicId: null,
    leaderEpoch: null,
    metadata: '',
    seenAt: now - ago - HOUR,
    reason: 'unknown',
    lostBy: now - ago,
    resetTo: 20n,
    foundInState: 'Stable',
    ...before,
  },
})
