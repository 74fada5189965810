import { isLossReason } from '../../functions/core/evidence/loss.ts'
import type { Bounds, Commit, GoneReason } from '../../functions/core/model/commit.ts'
import type { Subject } from './cast.ts'
import { type Change, keyOf, type Life, livesOf, type Span, type Touch, touches } from './history.ts'
import type { WatchMode } from './scenario.ts'
import { isShownAtRisk } from './shown.ts'
import type { Reading } from './watch.ts'

/** The real events. */
export interface Truth {
  history(subject: Subject): readonly Change[]
  touches: readonly Touch[]
  /** Intervals in which a broker was away, until its replicas had caught up. A sweep may have to wait for them. */
  restarts: readonly Span[]
  /** ms between two sweeps. */
  sweep: number
  /** ms since the epoch, the end of the play. Offsets that exist then count as kept, even if the run takes longer. */
  over: number
}

/** The snapshots' statements about the end of an offset, and its real end. Times in ms since the epoch. */
export interface Expiry {
  predicted: Bounds
  /** When the guard ended, or the last commit was made. The offset cannot expire before. */
  freeFrom: number
  went: Span
}

export interface Verdict {
  subject: Subject
  expiries: Expiry[]
  /** The faults, each as a sentence; empty if all bars hold. */
  faults: string[]
}

/** ms that a broker may take beyond its sweeps. */
const GRACE = 2000

/** Compares one committed offset with everything that the snapshots of one mode said about it. */
export function judge(
  subject: Subject,
  mode: WatchMode,
  truth: Truth,
  readings: readonly Reading[],
): Verdict {
  const lives = livesOf(truth.history(subject), ({ after, by }) =>
    truth.touches.some(touch => touches(subject, touch) && touch.from <= by && touch.to >= after),
  )
  const sights = sightsOf(subject, readings)
  const ends = lives.map(life => endOf(life, subject, truth))
  const expiries: Expiry[] = []
  const faults: string[] = []

  const fates = lives.map(({ vanished }, i) => {
    const isKept = subject.row.ends[i] === 'kept' && vanished && vanished.after > truth.over
    return isKept ? 'kept' : (ends[i] ?? 'kept')
  })
  if (fates.join() !== subject.row.ends.join())
    faults.push(`the offset did not end as its scenario says: ${fates.join(', ') || 'nothing was committed'}`)

  const seenByRule = new Set<string>()
  for (const [i, life] of lives.entries()) {
    const seen = sights.filter(sight => isOfLife(sight, life))
    for (const { commit } of seen) seenByRule.add(commit.rule)

    if (life.vanished && ends[i] === 'expired' && wasWatched(life.appeared, life.vanished, readings)) {
      const { expiry, wrong } = judgeExpiry(subject, mode, truth, life.vanished, seen)
      if (expiry) expiries.push(expiry)
      faults.push(...wrong)
    }
    if (seen.length > 0) faults.push(...judgeEnd(mode, truth, ends[i], life, lives[i + 1], seen, sights))
    else if (!life.vanished) faults.push('no snapshot has the offset')
  }
  faults.push(...falseAlarms(lives, sights))
  if (seenByRule.size > 0 && !seenByRule.has(subject.row.rule))
    faults.push(`no snapshot gives the offset the rule ${subject.row.rule}`)
  return { subject, expiries, faults: [...new Set(faults)] }
}

/**
 * A watch that starts late, is slow, or finds the only broker away cannot see an offset that comes and goes between two
 * snapshots.
 */
const wasWatched = (appeared: Span, vanished: Span, readings: readonly Reading[]): boolean =>
  readings.some(({ head }) => head.complete && head.takenAt >= appeared.by && head.finishedAt < vanished.by)

/** The subject's row in one snapshot. */
interface Sight {
  reading: Reading
  commit: Commit
}

const sightsOf = (subject: Subject, readings: readonly Reading[]): Sight[] =>
  readings.flatMap(reading => {
    const commit = reading.commits.get(keyOf(subject))
    return commit ? [{ reading, commit }] : []
  })

/** True if the row was read while the offset existed; false for a row that was carried over or made after the loss. */
function isOfLife({ reading: { head }, commit }: Sight, { appeared, vanished }: Life): boolean {
  if (commit.gone || commit.seenAt !== head.finishedAt) return false
  if (head.finishedAt < appeared.after || (vanished && head.takenAt > vanished.by)) return false
  // If the offset was lost and committed again within one reading, this reading saw the new offset.
  return !vanished || commit.previousCommit === null || commit.previousCommit.lostBy < vanished.after - GRACE
}

/**
 * How the offset ended; undefined if it did not end. A deletion by a person takes effect soon, but not at once: a
 * broker may be away.
 */
function endOf(
  { appeared, vanished }: Life,
  subject: Subject,
  truth: Truth,
): Exclude<GoneReason, 'unknown'> | undefined {
  if (vanished === null) return undefined
  const deletion = truth.touches.find(
    touch =>
      touch.deletes !== null &&
      touches(subject, touch) &&
      appeared.after <= touch.from &&
      touch.from <= vanished.by,
  )
  return deletion?.deletes ?? 'expired'
}

function judgeExpiry(
  subject: Subject,
  mode: WatchMode,
  { touches: all, restarts, sweep }: Truth,
  went: Span,
  seen: readonly Sight[],
): { expiry: Expiry | undefined; wrong: string[] } {
  const wrong: string[] = []
  if (!seen.some(isShownAtRisk)) wrong.push('expired, but no snapshot had shown it at risk')

  const last = seen.at(-1)
  const predicted = last && (last.commit.deadline ?? last.commit.ifStopped)
  if (!last) return { expiry: undefined, wrong }
  if (!predicted)
    return { expiry: undefined, wrong: [...wrong, 'expired, but the last snapshot has no deadline'] }

  const before = all.filter(touch => touches(subject, touch) && touch.from < went.by)
  const freeFrom = before.reduce((latest, { from }) => Math.max(latest, from), 0)
  const aloneSince = before.reduce((latest, { to }) => Math.max(latest, to), 0)

  const alone = seen.filter(({ reading }) => reading.head.takenAt >= aloneSince)
  const claims = (alone.length > 0 ? alone : [last]).map(
    ({ commit }) => commit.deadline ?? commit.ifStopped ?? predicted,
  )
  const earliest = Math.max(...claims.map(claim => claim.earliest ?? 0))
  const dueBy = (time: number) => sweepable(Math.max(time, aloneSince), restarts, sweep)
  const latest = dueBy(Math.min(...claims.map(claim => claim.latest)))

  if (went.by < earliest) wrong.push(`expired ${seconds(earliest - went.by)} before deadline.earliest`)
  if (went.after > latest + 2 * sweep + GRACE)
    wrong.push(`outlived deadline.latest by ${seconds(went.after - latest)}`)

  // The log has a commit that was made during the snapshot, and OffsetFetch's answer does not. The next snapshot has
  // the commit.
  const { takenAt, finishedAt } = last.reading.head
  const isCommittedMeanwhile = before.some(
    ({ topic, from, to }) => topic !== null && from <= finishedAt && to >= takenAt,
  )
  if (mode === 'exact' && !isCommittedMeanwhile) {
    if (last.commit.evidence !== 'exact') {
      const { mode: reached, problems } = last.reading.head
      const why = problems.map(({ message }) => message).join(' ')
      wrong.push(
        `the evidence is ${last.commit.evidence}, not exact, in ${reached} mode: ${why || 'no problem'}`,
      )
    }
    const overdue = went.after - dueBy(predicted.latest)
    if (overdue > sweep + GRACE) wrong.push(`expired ${seconds(overdue)} after its deadline`)
  }
  return { expiry: { predicted, freeFrom, went }, wrong }
}

/** The earliest time at which a coordinator could sweep: an interval after it has loaded. */
const sweepable = (time: number, restarts: readonly Span[], sweep: number): number =>
  restarts.reduce(
    (due, { after, by }) => (after <= due + sweep && due <= by + sweep ? by + sweep : due),
    time,
  )

/** Checks that each snapshot that could see the end of an offset reports it, with its reason. */
function judgeEnd(
  mode: WatchMode,
  { restarts, sweep }: Truth,
  end: GoneReason | undefined,
  { vanished }: Life,
  next: Life | undefined,
  seen: readonly Sight[],
  sights: readonly Sight[],
): string[] {
  if (!vanished || !end) return []
  const reason = mode === 'exact' || end === 'topic-deleted' ? end : 'unknown'
  const complete = sights.filter(({ reading }) => reading.head.complete)

  const without = complete.filter(
    ({ reading: { head } }) =>
      head.takenAt >= vanished.by && (next === undefined || head.finishedAt <= next.appeared.after),
  )
  const wrong = without.flatMap(({ commit: { gone } }) => {
    if (gone === null) return [`${end}, but a snapshot still has the offset`]
    if (gone.reason !== reason) return [`${end}, but a snapshot gives the reason ${gone.reason}`]
    const isWhen =
      gone.earliest <= vanished.by && vanished.after <= sweepable(gone.latest, restarts, sweep) + GRACE
    return isWhen ? [] : ['a snapshot gives the wrong time of the loss']
  })

  const after = next && complete.find(sight => sight.reading.head.takenAt >= next.appeared.by)
  const hasNext = after && (!next.vanished || after.reading.head.finishedAt <= next.vanished.after)
  if (!hasNext) return wrong
  const { previousCommit: before } = after.commit
  if (before === null) return [...wrong, `${end} and committed again, but no snapshot reports the reset`]
  if (before.reason !== reason)
    return [...wrong, `${end} and committed again, but a snapshot gives the reason ${before.reason}`]
  if (before.offset !== seen.at(-1)?.commit.offset)
    return [...wrong, 'a snapshot has the wrong offset before the reset']
  return wrong
}

/** The snapshots that report an offset as gone or reset, although it existed all the time. */
function falseAlarms(lives: readonly Life[], sights: readonly Sight[]): string[] {
  const hasVanished = (from: number, to: number) =>
    lives.some(({ vanished }) => vanished && vanished.by >= from && vanished.after <= to)

  return sights.flatMap(({ reading: { head }, commit }, i) => {
    const known = sights[i - 1]?.commit
    const wrong: string[] = []
    if (commit.gone && known && !known.gone && !hasVanished(known.seenFrom, head.finishedAt))
      wrong.push('a snapshot reports the offset as gone, but it existed')

    const { previousCommit: before } = commit
    const isNew = before !== null && before.seenAt !== known?.previousCommit?.seenAt
    if (isNew && isLossReason(before.reason) && !hasVanished(known?.seenFrom ?? 0, head.finishedAt))
      wrong.push('a snapshot reports a reset, but the offset existed all the time')
    return wrong
  })
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
