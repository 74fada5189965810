import { expect, test } from '@jest/globals'
import { emptyAlertState } from '../../functions/core/alerts/alert-state.ts'
import { newIncident } from '../../functions/core/alerts/incident.ts'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { type SendAlerts, sendAlerts } from '../../functions/jobs/send-alerts.ts'
import { aCommit, now } from '../builders/commits.ts'
import { DAY, MINUTE } from '../core/readings.ts'
import { aHead } from '../slack/messages/heads.ts'
import { cluster } from './parts.ts'

// test/webhooks/alertmanager.test.ts has the alerts in a real Alertmanager.

test.each([
  ['an open incident', null, 60 * MINUTE],
  ['a closed incident', { at: now, why: 'committed-again' } as const, 0],
])(
  'Alertmanager gets no start after the end, even if a clock was ahead: %s',
  async (_, closed, endsAfter) => {
    const incident = { ...newIncident('prod', 'deadline', 'app', now + 2 * DAY), level: 'first' as const }
    const sent: Parameters<SendAlerts['receiver']['send']>[0][] = []
    let firing: Awaited<ReturnType<SendAlerts['sent']['read']>>
    const send = (incidents: (typeof incident)[]) =>
      sendAlerts({
        cluster,
        alerts: { read: async () => ({ state: { ...emptyAlertState('prod'), incidents }, version: '1' }) },
        sent: {
          read: async () => firing,
          write: async (_, state) => {
            firing = { state, version: '1' }
            return '1'
          },
        },
        receiver: { send: async alerts => void sent.push(alerts) },
        docs: undefined,
        snapshots: {
          newest: async () => ({
            head: aHead({ takenAt: now - MINUTE }),
            commits: CommitTable.from([aCommit(2 * DAY)]),
          }),
        },
        interval: 15 * MINUTE,
        now,
      })
    await send([incident])
    await send([{ ...incident, closed }])
    const times = sent.at(-1)?.map(({ startsAt, endsAt }) => [startsAt, endsAt].map(Date.parse))
    expect(times).toEqual([[now, now + endsAfter]])
  },
)
