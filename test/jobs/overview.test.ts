import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { clusterByDefaults } from '../../functions/config/settings.ts'
import { emptyAlertState } from '../../functions/core/alerts/alert-state.ts'
import { readOverview } from '../../functions/jobs/overview.ts'
import { commitOf, snapshotOf, takenAt } from '../builders/snapshots.ts'

test('the overview of 3,000 groups lets other requests run after each 500 groups', async () => {
  const groups = Array.from({ length: 3000 }, (_, i) => `service-${String(i).padStart(4, '0')}`)
  const snapshot = snapshotOf(groups.map(group => commitOf({ group })))
  const overview = readOverview({
    cluster: clusterByDefaults('prod'),
    snapshots: { newest: async () => snapshot },
    alerts: { read: async () => ({ state: emptyAlertState('prod'), version: '1' }) },
    now: takenAt,
    interval: 900_000,
  })
  let turns = 0
  const counted = overview.then(({ groups }) => ({ groups: groups.length, turns }))
  for (; turns < 100; turns++) await turn()
  const found = await counted
  expect(found.groups).toBe(3000)
  expect(found.turns).toBeGreaterThanOrEqual(5)
  expect(found.turns).toBeLessThan(100)
})
