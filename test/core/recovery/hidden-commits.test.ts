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
  ['it stands', seen, found(60n), null],
  ['it is gone now', seen, found('none'), null],
  ['it was gone, and is back, be it the same', { ...seen, gone }, found(60n), 1],
  ['it moved, with members now', seen, found(80n, 'Stable'), null],
  [
    'it moved after members were seen: they may have left since',
    { ...seen, state: 'Stable' },
    found(80n),
    null,
  ],
])('%s: what was committed without members', (_, commit, now, offsets) => {
  expect(hiddenCommits([commit], now)).toEqual(offsets && { offsets, since: seen.seenAt })
})
