import type { Bounds, Commit } from '../model/commit.ts'
import { exactly, lastEmptySince } from './logged.ts'
import { isRetentionChanged, type ReadingContext } from './reading-context.ts'
import { evidenceOf, skewOf } from './retention.ts'

/** A retention clock, as far as a series of readings has observed it. */
export interface ObservedClock {
  start: Bounds
  /**
   * Since when every reading has found the clock running: the end of the first such reading. Null while the clock does
   * not run.
   */
  runningFrom: number | null
  /** End of the last reading that found that the clock must have restarted unseen. Null if there is no such reading. */
  renewedAt: number | null
}

/** The clock of a classic group without members, with the log's evidence. */
export interface EmptyClock extends ObservedClock {
  /** When the group became Empty, by the last record read, even if a later record is unread. */
  loggedSince: number | null
}

/**
 * The one clock of all partitions of a classic group that is Empty; null for every other group. The clock starts after
 * the start of the last reading that found members, or another kind of group. A later commit does not prove that there
 * were members: it may come from outside the group.
 * @param rows the group's rows in the last snapshot
 */
export function emptyClock(rows: readonly Commit[], context: ReadingContext): EmptyClock | null {
  if (context.group.kind !== 'classic' || context.group.state !== 'Empty') return null

  const newest = latestOf(rows.map(({ gone, seenAt }) => (gone ? null : seenAt)))
  const before = rows.filter(({ gone, seenAt, emptySince }) => !gone && seenAt === newest && emptySince)
  const series = before.find(row => isSeries(row, 'classic-empty', context))

  const runningFrom = series?.runningFrom ?? context.finishedAt
  const loggedSince = lastEmptySince(rows, context.log)
  if (context.log?.caughtUp && loggedSince !== null) {
    return { start: exactly(loggedSince), runningFrom, renewedAt: null, loggedSince }
  }

  const observed = latestOf(rows.map(row => emptyNotBefore(row, context.clockSkew)))
  const earliest = latestOf([observed, loggedSince === null ? null : loggedSince - context.clockSkew])
  const clock = {
    start: { earliest, latest: context.finishedAt + context.clockSkew },
    runningFrom,
    renewedAt: latestOf(before.map(({ renewedAt }) => renewedAt)),
  }
  return { ...renewedIfOutlived(clock, clock.runningFrom, context), loggedSince }
}

/**
 * A lower bound of the time when the group became Empty, from one row: the start of the row's last reading, if the
 * group was not classic and Empty then; else the bound that the row already has.
 */
function emptyNotBefore(row: Commit, clockSkew: number): number | null {
  if (row.gone && row.state !== 'Empty' && row.runningFrom !== null) return row.runningFrom - clockSkew
  if (!row.emptySince) return row.seenFrom - clockSkew
  const { earliest } = row.emptySince
  return earliest === null ? null : earliest - skewOf(evidenceOf(row.emptySince), clockSkew)
}

const latestOf = (times: (number | null)[]): number | null =>
  times.reduce((latest, time) => (latest === null || (time ?? -Infinity) > latest ? time : latest), null)

/**
 * True if the last reading saw the same clock running: by the same rule and retention, at the same coordinator, which
 * has not loaded its partition again.
 */
export const isSeries = (known: Commit, rule: Commit['rule'], context: ReadingContext): boolean =>
  known.seenAt === context.previousReadAt &&
  known.rule === rule &&
  known.coordinator === context.group.coordinator &&
  !isRetentionChanged(known, context) &&
  !context.log?.reloaded

/**
 * An offset that outlives its retention was renewed unseen, by a commit of the same offset or by members that came and
 * went. So its lower bound moves up. After a coordinator has loaded, its first sweep may come a whole interval later,
 * so this allows for two intervals. A retention that is only assumed proves nothing: the real one may be longer.
 * @param since when a restart of the clock was last visible, ms since the epoch; null if the clock does not run
 */
export function renewedIfOutlived(
  clock: ObservedClock,
  since: number | null,
  { startedAt, finishedAt, retention, isRetentionAssumed, sweep, clockSkew }: ReadingContext,
): ObservedClock {
  if (isRetentionAssumed) return { ...clock, renewedAt: null }
  if (since === null || retention === null) return clock
  const longestLife = retention + 2 * sweep + clockSkew
  if (startedAt - since <= longestLife) return clock

  const earliest = Math.max(clock.start.earliest ?? -Infinity, startedAt - longestLife)
  return { ...clock, start: { ...clock.start, earliest }, renewedAt: finishedAt }
}
