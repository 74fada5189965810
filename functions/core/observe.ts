import type { Before, Bounds, Commit } from './model.ts'
import type { GroupReading } from './reading.ts'
import { clockOf, isGuarded, ruleOf, skewOf } from './retention.ts'

const DAY = 24 * 60 * 60 * 1000
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
}

/** What the reading says of the group, and when it took place. */
export interface Circumstances {
  group: GroupReading
  /** Since when the group may be Empty, where it is a classic one and Empty. */
  emptySince: Bounds | null
  startedAt: number
  finishedAt: number
  /** End of the reading before this one; null for the first. */
  previousReadAt: number | null
  /** Of the group's coordinator, ms; null where unlimited. */
  retention: number | null
  sweep: number
  clockSkew: number
}

/**
 * A commit as it goes into the snapshot: what this reading saw, and what follows from comparing it with the row before.
 * @param base the row of the snapshot before, if there is one
 */
export function observe(base: Commit | undefined, seen: Observed, at: Circumstances): Commit {
  const known =
    base !== undefined && base.gone === null && !isRecreated(base, seen.topicId) ? base : undefined
  const unchanged = known !== undefined && sameValue(known, seen)
  const rule = ruleOf(at.group, seen.topic, seen.pending, false)
  const valueSeenAt = unchanged ? known.valueSeenAt : at.finishedAt
  const runningFrom = isGuarded(rule) ? null : seriesStart(known, rule, at)

  const committed = { earliest: lastCommitNotBefore(base, seen, at), latest: at.finishedAt + at.clockSkew }
  // Commits mean nothing to an Empty group's clock; every other clock starts anew with the value.
  const sameClock = known?.rule === rule && (at.emptySince !== null || unchanged)
  const runningSince = at.emptySince ? runningFrom : runningFrom && Math.max(runningFrom, valueSeenAt)
  const renewed = hasOutlived(runningSince, at)
  const moments = {
    committed: renewed && !at.emptySince ? startedAnew(committed, at) : committed,
    emptySince: renewed && at.emptySince ? startedAnew(at.emptySince, at) : at.emptySince,
    seen: { earliest: at.startedAt - at.clockSkew, latest: at.finishedAt + at.clockSkew },
    expiresAt: null,
  }

  const { pending: _, ...value } = seen
  return {
    ...value,
    topicId: seen.topicId ?? known?.topicId ?? null,
    kind: at.group.kind,
    state: at.group.state,
    coordinator: at.group.coordinator,
    rule,
    ...clockOf(rule, moments, at.retention),
    expiresAt: null,
    firstSeenAt: base?.firstSeenAt ?? at.finishedAt,
    valueSeenAt,
    seenFrom: at.startedAt,
    seenAt: at.finishedAt,
    committed: moments.committed,
    emptySince: moments.emptySince,
    runningFrom,
    renewedAt: renewed ? at.finishedAt : sameClock ? known.renewedAt : null,
    gone: null,
    before: positionBefore(base, seen, at),
  }
}

/** The same name with another topic id is another topic. */
export const isRecreated = (base: Commit, topicId: string | null): boolean =>
  base.topicId !== null && topicId !== null && base.topicId !== topicId

const sameValue = (base: Commit, seen: Observed) =>
  base.offset === seen.offset &&
  base.leaderEpoch === seen.leaderEpoch &&
  (base.metadata === seen.metadata || base.metadata === null || seen.metadata === null)

/** The lower bound of the last commit: whatever changed between two readings was committed after the earlier began. */
function lastCommitNotBefore(base: Commit | undefined, seen: Observed, at: Circumstances): number | null {
  if (base === undefined || isRecreated(base, seen.topicId)) return null
  if (base.gone) return base.gone.earliest
  return sameValue(base, seen) ? base.committed.earliest : base.seenFrom - at.clockSkew
}

/** A reading that did not see it, another rule or another coordinator starts a new series. */
function seriesStart(known: Commit | undefined, rule: Commit['rule'], at: Circumstances): number {
  const unbroken =
    known !== undefined &&
    known.seenAt === at.previousReadAt &&
    known.rule === rule &&
    known.coordinator === at.group.coordinator
  return (unbroken ? known.runningFrom : null) ?? at.startedAt
}

/** How long an offset can be there after its clock started: a coordinator that has just loaded skips a sweep. */
const longestLife = (at: Circumstances): number =>
  at.retention === null ? Infinity : at.retention + 2 * at.sweep + at.clockSkew

/** @param since from when on the clock is known to have run with this value, ms; null where it does not run */
const hasOutlived = (since: number | null, at: Circumstances): boolean =>
  since !== null && at.startedAt - since > longestLife(at)

/** What has outlived its clock had it started anew, unseen: the lower bound moves up. */
const startedAnew = (start: Bounds, at: Circumstances): Bounds => ({
  ...start,
  earliest: Math.max(start.earliest ?? -Infinity, at.startedAt - longestLife(at)),
})

/** What the group had before its last loss, reset or backwards move. */
function positionBefore(base: Commit | undefined, seen: Observed, at: Circumstances): Before | null {
  if (base === undefined) return null

  const from = (reason: Before['reason']): Before => ({
    offset: base.offset,
    topicId: base.topicId,
    leaderEpoch: base.leaderEpoch,
    metadata: base.metadata,
    seenAt: base.seenAt,
    reason,
    lostBy: base.gone?.latest ?? at.finishedAt + at.clockSkew,
    resetTo: seen.offset,
  })
  if (base.gone) return from(base.gone.reason)
  if (isRecreated(base, seen.topicId)) return from('topic-deleted')

  const kept = base.before && at.finishedAt - base.before.seenAt <= KEEP_LOST ? base.before : null
  if (seen.offset >= base.offset) return kept
  if (mayHaveExpired(base, at)) return from('unknown')
  // To restore a lost position is to move back, too: that must not make the watchdog forget what was lost.
  return kept && kept.reason !== 'moved-back' ? { ...kept, resetTo: seen.offset } : from('moved-back')
}

/** Whether the offset could have been deleted, and committed anew, between the row before and this reading. */
function mayHaveExpired(base: Commit, at: Circumstances): boolean {
  const end = base.deadline ?? base.ifStopped
  if (end === null) return false
  return end.earliest === null || end.earliest - skewOf(base.evidence, at.clockSkew) <= at.finishedAt
}
