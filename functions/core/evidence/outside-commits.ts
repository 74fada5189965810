import type { Bounds, Commit, OutsideCommits } from '../model/commit.ts'
import type { Circumstances } from './circumstances.ts'
import type { Observed } from './observe.ts'
import type { EmptyClock } from './observed-clock.ts'

/** ms that a restore takes at the most. */
const RESTORE_TAKES = 60 * 60 * 1000

/** ms by which the clock of the terminal that ran the restore may be ahead. */
const TERMINAL_SKEW = 10 * 60 * 1000

/** What one reading says of the last commit of an offset. */
interface LastCommit {
  seen: Observed
  /** When it was made. */
  committed: Bounds
  /** The same, by its record in the log; null where that is not known. */
  exactAt: number | null
  /** The row before shows the same offset. */
  unchanged: boolean
}

/**
 * The commits that were made while a classic group is Empty: by a consumer with assign(), by a tool, or by a person. One
 * that this tool wrote does not count. Null for every other group.
 * @param base the row of the snapshot before, also one that is gone
 */
export function outsideCommits(
  base: Commit | undefined,
  commit: LastCommit,
  empty: EmptyClock | null,
  at: Circumstances,
): OutsideCommits | null {
  if (empty === null) return null
  const before = base && isSameEmptiness(base, empty) ? base.outsideCommits : null
  const isOutside = isNew(base, commit) && isAfterStop(base, commit, empty) && !isRestored(commit, at)
  if (!isOutside) return before
  const time = commit.exactAt ?? at.finishedAt
  return { first: before?.first ?? time, last: time }
}

/** A later record of the group in the log says that members have come and gone since. */
const isSameEmptiness = ({ loggedEmptySince }: Commit, { loggedSince }: EmptyClock): boolean =>
  loggedEmptySince === null || loggedSince === null || loggedEmptySince === loggedSince

const isNew = (base: Commit | undefined, { unchanged, exactAt }: LastCommit): boolean =>
  base === undefined || base.gone !== null || !unchanged || (exactAt ?? -Infinity) > base.committed.latest

/** A group that was Empty in every reading has no known start: there, any change after the first reading will do. */
const isAfterStop = (base: Commit | undefined, { committed }: LastCommit, { start }: EmptyClock): boolean =>
  start.earliest === null
    ? base !== undefined
    : committed.earliest !== null && committed.earliest > start.earliest

const isRestored = ({ seen, committed }: LastCommit, { restored }: Circumstances): boolean =>
  restored.some(
    ({ topic, partition, offset, startedAt }) =>
      topic === seen.topic &&
      partition === seen.partition &&
      offset === seen.offset &&
      startedAt - TERMINAL_SKEW <= committed.latest &&
      (committed.earliest ?? -Infinity) <= startedAt + RESTORE_TAKES,
  )
