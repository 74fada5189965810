import { expect, test } from '@jest/globals'
import { heartbeat } from '../../functions/jobs/heartbeat.ts'
import { snapshotOf } from '../store/commits.ts'

const minute = 60_000
const now = Date.UTC(2026, 10, 22, 14)

const beat = (age: number | undefined) =>
  heartbeat({
    cluster: 'prod',
    interval: 15 * minute,
    now,
    snapshots: {
      newest: async () => (age === undefined ? undefined : snapshotOf([], { takenAt: now - age })),
    },
  })

test.each([
  ['none yet', undefined],
  ['one of now', 0],
  ['one from two intervals ago', 30 * minute],
])('a heartbeat with %s', async (_, age) => {
  expect(await beat(age)).toBe(age)
})

test('no heartbeat when none has come for more than two intervals', async () => {
  await expect(beat(31 * minute)).rejects.toThrow(
    'cluster "prod" has had no new snapshot for 31 minutes, since 2026-11-22T13:29:00.000Z: the log of the snapshot function',
  )
})
