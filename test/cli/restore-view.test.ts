import { expect, test } from '@jest/globals'
import { planView } from '../../functions/cli/restore-view.ts'
import type { GroupNow, PartitionNow } from '../../functions/core/recovery/group-now.ts'
import { planRestore, type Selection } from '../../functions/core/recovery/restore-plan.ts'

const key = { topic: 'orders', partition: 0 }
const committed = { offset: 4n, leaderEpoch: null, metadata: '' }
const partition: PartitionNow = {
  ...key,
  place: 'there',
  topicId: 'id',
  committed,
  log: { start: 0n, end: 9n },
}
const running: GroupNow = { kind: 'classic', state: 'Stable', partitions: [partition] }

/** Of a group that has members and its offset. */
function view(offset: bigint, all: boolean): string {
  const selection: Selection = { topic: undefined, partitions: undefined, all }
  const known = { status: 'committed' } as const
  const wanted = { ...key, ...committed, offset, topicId: 'id', known, restoredAt: null }
  const plan = planRestore('g', [wanted], running, { selection, belowStart: 'refuse' })
  const source = { kind: 'snapshot', takenAt: 0 } as const
  const cluster = { cluster: 'prod', clusterId: 'id' }
  return planView({ ...cluster, source, selection, belowStart: 'refuse', plan, hidden: null }, 0)
}

test('a group with members has to stop where something is to be written only', () => {
  expect(view(4n, false)).not.toContain('stop all its consumers')
  expect(view(4n, true)).not.toContain('stop all its consumers')
  expect(view(3n, true)).toContain('stop all its consumers')
})
