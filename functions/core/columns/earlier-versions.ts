import type { Commit, OutsideCommits } from '../model/commit.ts'
import type { CommitTable } from './commit-table.ts'

/**
 * Fills `outside_commit_first` and `outside_commit_last`, which a file of version 0.1.0 lacks. That version counted a
 * group as in use after one commit while it was Empty. Such a group stays in use, so that an upgrade does not silence
 * its open alert.
 */
export function inferOutsideCommits(table: CommitTable): void {
  const { length } = table
  for (let i = 0; i < length; i++) {
    const seen = outsideCommitsOf(table.at(i))
    if (seen === null) continue
    table.hold('outside_commit_first', 'outside_commit_last')
    table.columns.outside_commit_first[i] = seen.first
    table.columns.outside_commit_last[i] = seen.last
  }
}

function outsideCommitsOf({
  emptySince,
  committed,
  firstSeenAt,
  valueSeenAt,
}: Commit): OutsideCommits | null {
  if (emptySince === null || committed.earliest === null) return null
  const isOutside =
    emptySince.earliest === null ? valueSeenAt > firstSeenAt : committed.earliest > emptySince.earliest
  if (!isOutside) return null
  return {
    first: Math.min(firstSeenAt, emptySince.earliest ?? firstSeenAt),
    last: Math.max(valueSeenAt, committed.earliest),
  }
}
