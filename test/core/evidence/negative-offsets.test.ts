import { expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { withoutNegativeOffsets } from '../../../functions/core/evidence/negative-offsets.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, gone, now, reset } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'

// Snapshots of an earlier version contain negative offsets as valid ones.

const corrected = (...rows: Commit[]) => [...withoutNegativeOffsets(CommitTable.from(rows))]
const movedBack = { offset: 60n, reason: 'moved-back', resetTo: -1001n } as const
const negative = reset(HOUR, aCommit(DAY, { offset: -1001n }), movedBack)
const lost = { offset: 60n, previousCommit: null, gone: { reason: 'negative', latest: now - HOUR } }

test.each<[string, Commit, object | undefined]>([
  ['that replaced an offset: the offset is lost', negative, lost],
  ['that replaced an offset, and is gone itself: the offset is lost', gone(0, negative), lost],
  [
    'that came after a loss: the offset is lost for the same reason as before',
    reset(HOUR, aCommit(DAY, { offset: -2n }), { offset: 60n, reason: 'expired', resetTo: -2n }),
    { offset: 60n, gone: { reason: 'expired' } },
  ],
  ['that was the first one ever seen: there is no row', aCommit(DAY, { offset: -1n }), undefined],
  [
    'that was replaced by an offset: there is no previous commit',
    reset(HOUR, aCommit(DAY, { offset: 5n }), { offset: -1001n, reason: 'expired', resetTo: 5n }),
    { offset: 5n, previousCommit: null, gone: null },
  ],
])('a negative offset %s', (_, row, expected) => {
  const rows = corrected(row)
  if (expected === undefined) expect(rows).toEqual([])
  else expect(rows).toMatchObject([expected])
})

test('a snapshot without a negative offset stays as it is', () => {
  const table = CommitTable.from([aCommit(DAY), reset(HOUR, aCommit(DAY, { partition: 1 }))])
  expect(withoutNegativeOffsets(table)).toBe(table)
})
