import type { Bounds, Commit, OutsideCommits } from '../model/commit.ts'
import { HOUR, MINUTE } from '../time.ts'
import type { EmptyClock } from './observed-clock.ts'
import type { Observed, ReadingContext } from './reading-context.ts'

/** Longest duration of a restore, ms. */
const RESTORE_TAKES = HOUR

/** ms by which the clock of the machine that runs `restore` may be ahead. */
const TERMINAL_SKEW = 10 * MINUTE

/** The facts of one reading about the last commit of an offset. */
interface LastCommit {
  seen: Observed
  /** When the commit was made. */
  committed: Bounds
  /** The commit's time from its record in the log; null if unknown. */
  exactAt: number | null
  /** True if the previous row shows the same offset. */
  unchanged: boolean
}

/**
 * Commits made while a classic group is Empty: by a consumer with assign(), by a tool, or by a person. Commits of this
 * tool's restores do not count. Null for every other group.
 * @param previous the row of the last snapshot, even if it is gone
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

/** False if the log has a later record of the group, which shows that members have come and gone since. */
const isSameEmptiness = ({ loggedEmptySince }: Commit, { loggedSince }: EmptyClock): boolean =>
  loggedEmptySince === null || loggedSince === null || loggedEmptySince === loggedSince

const isNew = (previous: Commit | undefined, { unchanged, exactAt }: LastCommit): boolean =>
  previous === undefined ||
  previous.gone !== null ||
  !unchanged ||
  (exactAt ?? -Infinity) > previous.committed.latest

/**
 * A group that was Empty in every reading has no known start. For such a group, any change after the first reading
 * counts.
 */
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
