import { expect, test } from '@jest/globals'
import { heartbeat } from '../../functions/jobs/heartbeat.ts'
import type { Snapshots } from '../../functions/jobs/ports.ts'
import { snapshotOf } from '../builders/snapshots.ts'

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
  ['no snapshot yet', undefined],
  ['a snapshot of this moment', 0],
  ['a snapshot from two intervals ago', 30 * minute],
  ['a snapshot ahead of the clock by the skew', -minute],
])('a heartbeat with %s', async (_, age) => {
  expect(await beat(age)).toBe(age)
})

test('no heartbeat if the newest snapshot is older than two intervals', async () => {
  await expect(beat(31 * minute)).rejects.toThrow(
    'cluster "prod" has had no new snapshot for 31 minutes, since 2026-11-22T13:29:00.000Z: see the log of the snapshot function',
  )
})

test('no heartbeat if the newest snapshot is ahead of the clock by more than the skew', async () => {
  await expect(beat(-minute - 1)).rejects.toThrow(
    'the newest (2026-11-22T14:01:00.001Z) is later than this clock',
  )
})

test('no heartbeat if no snapshot can be used', async () => {
  const job = { cluster: 'prod', interval: 15 * minute, now }
  const newest: Snapshots['newest'] = async (_, { onSkipped } = {}) => {
    onSkipped?.({ scope: {}, code: 'unverified-base', message: 'its manifest is missing.' }, now)
    return undefined
  }
  await expect(heartbeat({ ...job, snapshots: { newest } })).rejects.toThrow(
    /^cluster "prod" has had no new snapshot that can be used: .* Also, its manifest is missing\.$/,
  )
})
