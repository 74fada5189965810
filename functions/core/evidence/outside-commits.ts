import type { Bounds, Commit, OutsideCommits } from '../model/commit.ts'
import { HOUR, MINUTE } from '../time.ts'
import type { Observed } from './observe.ts'
import type { EmptyClock } from './observed-clock.ts'
import type { ReadingContext } from './reading-context.ts'

/** ms that a restore takes at the most. */
const RESTORE_TAKES = HOUR

/** ms by which the clock of the terminal that ran the restore may be ahead. */
const TERMINAL_SKEW = 10 * MINUTE

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
 * @param previous the row of the snapshot before, also one that is gone
 */
export function outsideCommits(
  previous: Commit | undefined,
  commit: LastCommit,
  empty: EmptyClock | null,
  context: ReadingContext,
): OutsideCommits | null {
  if (empty === null) return null
  const before = previous && isSameEmptiness(previous, empty) ? previous.outsideCommits : null
  const isOutside =
    isNew(previous, commit) && isAfterStop(previous, commit, empty) && !isRestored(commit, context)
  if (!isOutside) return before
  const time = commit.exactAt ?? context.finishedAt
  return { first: before?.first ?? time, last: time }
}

/** A later record of the group in the log says that members have come and gone since. */
const isSameEmptiness = ({ loggedEmptySince }: Commit, { loggedSince }: EmptyClock): boolean =>
  loggedEmptySince === null || loggedSince === null || loggedEmptySince === loggedSince

const isNew = (previous: Commit | undefined, { unchanged, exactAt }: LastCommit): boolean =>
  previous === undefined ||
  previous.gone !== null ||
  !unchanged ||
  (exactAt ?? -Infinity) > previous.committed.latest

/** A group that was Empty in every reading has no known start: there, any change after the first reading will do. */
const isAfterStop = (
  previous: Commit | undefined,
  { committed }: LastCommit,
  { start }: EmptyClock,
): boolean =>
  start.earliest === null
    ? previous !== undefined
    : committed.earliest !== null && committed.earliest > start.earliest

const isRestored = ({ seen, committed }: LastCommit, { restored }: ReadingContext): boolean =>
  restored.some(
    ({ topic, partition, offset, startedAt }) =>
      topic === seen.topic &&
      partition === seen.partition &&
      offset === seen.offset &&
      startedAt - TERMINAL_SKEW <= committed.latest &&
      (committed.earliest ?? -Infinity) <= startedAt + RESTORE_TAKES,
  )
