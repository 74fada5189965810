import { expect, test } from '@jest/globals'
import type { CurrentGroup, CurrentPartition } from '../../../functions/core/recovery/current-group.ts'
import { hiddenCommits } from '../../../functions/core/recovery/hidden-commits.ts'
import { commitOf } from '../../builders/snapshots.ts'

const seen = commitOf({ offset: 60n })
const found = (committed: bigint | 'none', state = 'Empty'): CurrentGroup => {
  const { topic, partition } = seen
  const position = committed === 'none' ? committed : { offset: committed, leaderEpoch: null, metadata: '' }
  const one: CurrentPartition = {
    topic,
    partition,
    presence: 'there',
    topicId: null,
    committed: position,
    log: null,
  }
  return { kind: 'simple', state, partitions: [one] }
}
const gone = { reason: 'unknown', earliest: 0, latest: 1 } as const

test.each([
  ['the offset moved', seen, found(80n), 1],
  ['the offset is unchanged', seen, found(60n), null],
  ['the offset is gone now', seen, found('none'), null],
  ['the offset was gone and is back, even if it is the same', { ...seen, gone }, found(60n), 1],
  ['the offset moved, and the group has members now', seen, found(80n, 'Stable'), null],
  [
    'the offset moved after members were seen, which may have left since',
    { ...seen, state: 'Stable' },
    found(80n),
    null,
  ],
])('commits of a group without members: %s', (_, commit, now, offsets) => {
  expect(hiddenCommits([commit], now)).toEqual(offsets && { offsets, since: seen.seenAt })
})
