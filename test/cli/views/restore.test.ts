import { expect, test } from '@jest/globals'
import { planView } from '../../../functions/cli/views/restore.ts'
import type { CurrentGroup, CurrentPartition } from '../../../functions/core/recovery/current-group.ts'
import {
  type PartitionSelection,
  planRestore,
  type Restored,
} from '../../../functions/core/recovery/restore-plan.ts'

const key = { topic: 'orders', partition: 0 }
const committed = { offset: 4n, leaderEpoch: null, metadata: '' }
const partition: CurrentPartition = {
  ...key,
  presence: 'there',
  topicId: 'id',
  committed,
  log: { start: 0n, end: 9n },
}
const running: CurrentGroup = { kind: 'classic', state: 'Stable', partitions: [partition] }

/** The plan of a group that still has its offset and has members. */
function view(offset: bigint, all: boolean, more: { state?: string; restored?: Restored } = {}): string {
  const selection: PartitionSelection = { topic: undefined, partitions: undefined, all }
  const known = { status: 'committed' } as const
  const wanted = { ...key, ...committed, offset, topicId: 'id', known, restored: more.restored ?? null }
  const plan = planRestore('g', [wanted], { ...running, ...more }, { selection, belowStart: 'refuse' })
  const source = { kind: 'snapshot', takenAt: 0 } as const
  const cluster = { cluster: 'prod', clusterId: 'id' }
  return planView({ ...cluster, source, selection, belowStart: 'refuse', plan, hidden: null }, 0)
}

test('the plan asks to stop the consumers only if it would write something', () => {
  expect(view(4n, false)).not.toContain('stop all consumers of the group')
  expect(view(4n, true)).not.toContain('stop all consumers of the group')
  expect(view(3n, true)).toContain('stop all consumers of the group')
})

test('an offset that was restored and has moved since is refused, with the way to set it back', () => {
  const more = { state: 'Empty', restored: { at: 0, offset: 3n } }
  expect(view(3n, true, more)).toContain('; --again sets it back')
  expect(view(3n, true, { ...more, restored: { at: 0, offset: 4n } })).toContain(
    'restore: reads at most 1 record again; was restored ',
  )
})
