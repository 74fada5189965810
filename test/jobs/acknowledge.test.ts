import { expect, test } from '@jest/globals'
import { ackView } from '../../functions/cli/views/ack.ts'
import { emptyAlertState } from '../../functions/core/alerts/alert-state.ts'
import { acknowledgeGroup } from '../../functions/jobs/acknowledge.ts'
import { now } from '../builders/commits.ts'
import { incidentOf } from '../builders/incidents.ts'
import { HOUR } from '../core/readings.ts'
import { aStore, kari } from './parts.ts'

test('a second acknowledgement names the first person and time, and changes nothing', async () => {
  const { alerts, remove } = await aStore()
  const incidents = [incidentOf({ group: 'app', openedAt: now - HOUR })]
  await alerts.write('prod', { ...emptyAlertState('prod'), incidents }, undefined)
  const actions = { record: async () => {} }
  const by = (name: string, at: number) =>
    acknowledgeGroup({ alerts, actions }, ['prod'], 'app', at, { by: { ...kari, name } })
  expect(await by('ada', now)).toMatchObject([{ cluster: 'prod', incident: { group: 'app' } }])
  const second = await by('bob', now + HOUR)
  expect(second.map(found => ackView(found, now + HOUR))).toEqual([
    expect.stringMatching(/^prod · app · deadline of .* UTC was already acknowledged by ada on .* UTC$/),
  ])
  expect((await alerts.read('prod'))?.state.incidents).toMatchObject([
    { acknowledgedAt: now, acknowledgedBy: 'ada' },
  ])
  await remove()
})
