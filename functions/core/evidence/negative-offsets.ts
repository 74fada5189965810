import { CommitTable } from '../columns/commit-table.ts'
import { NULL_INT64 } from '../columns/schema.ts'
import type { Commit } from '../model/commit.ts'

/**
 * The rows of a stored snapshot without negative offsets. An earlier version stored a negative offset as a valid one,
 * although consumers treat it as missing. If the group had an offset before, that offset was lost. If the group never
 * had one, the row is dropped.
 */
export function withoutNegativeOffsets(table: CommitTable): CommitTable {
  const { committed_offset, before_offset } = table.columns
  const hasNegative =
    committed_offset.subarray(0, table.length).some(offset => offset < 0n) ||
    before_offset.subarray(0, table.length).some(offset => offset < 0n && offset !== NULL_INT64)
  if (!hasNegative) return table
  return CommitTable.from([...table].map(corrected).filter(row => row !== null))
}

function corrected(row: Commit): Commit | null {
  const before = row.previousCommit !== null && row.previousCommit.offset >= 0n ? row.previousCommit : null
  if (row.offset >= 0n) return { ...row, previousCommit: before }
  if (before === null) return null

  const { offset, topicId, leaderEpoch, metadata, seenAt, lostBy, reason } = before
  return {
    ...row,
    offset,
    topicId,
    leaderEpoch,
    metadata,
    valueSeenAt: seenAt,
    seenFrom: seenAt,
    seenAt,
    runningFrom: null,
    logged: null,
    gone: { reason: reason === 'moved-back' ? 'negative' : reason, earliest: seenAt, latest: lostBy },
    previousCommit: null,
  }
}
