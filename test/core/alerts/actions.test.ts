import { expect, test } from '@jest/globals'
import { actedOn, type IncidentAction } from '../../../functions/core/alerts/actions.ts'
import { emptyAlertState, type Incident } from '../../../functions/core/alerts/alert-state.ts'
import type { ActionOutcome } from '../../../functions/core/alerts/recorded-action.ts'
import { incidentOf } from '../../builders/incidents.ts'
import { HOUR, monday } from '../readings.ts'

const now = monday
const id = '7c1f09ab52e4'
const incident = (changes: Partial<Incident> = {}) =>
  incidentOf({ id, group: 'app', openedAt: now - 5 * HOUR, ...changes })
const stateOf = (...incidents: Incident[]) => ({ ...emptyAlertState('prod'), incidents })
const act = (state: ReturnType<typeof stateOf>, action: IncidentAction) =>
  actedOn(state, id, action, { now, by: 'kari' })

const seen = { acknowledgedAt: now - HOUR, acknowledgedBy: 'ola' }
const closedAs = (why: 'acknowledged' | 'recovered') => ({ closed: { at: now - HOUR, why } })
const later = incident({ id: 'aaaaaaaaaaaa', openedAt: now - HOUR })
const loss = { kind: 'loss' } as const

test.each<
  [what: string, action: IncidentAction, incidents: Incident[], outcome: ActionOutcome, after: object]
>([
  [
    'acknowledges an open deadline, which stays open',
    'acknowledge',
    [incident()],
    'done',
    { acknowledgedAt: now, acknowledgedBy: 'kari', closed: null },
  ],
  [
    'closes an open loss',
    'acknowledge',
    [incident(loss)],
    'done',
    { closed: { at: now, why: 'acknowledged' } },
  ],
  ['leaves an incident that somebody else has acknowledged', 'acknowledge', [incident(seen)], 'none', seen],
  [
    'leaves a closed incident',
    'acknowledge',
    [incident(closedAs('recovered'))],
    'closed',
    closedAs('recovered'),
  ],
  ['takes an acknowledgement back', 'undo', [incident(seen)], 'done', { acknowledgedAt: null, closed: null }],
  [
    'reopens a loss',
    'undo',
    [incident({ ...loss, ...seen, ...closedAs('acknowledged') })],
    'done',
    { acknowledgedAt: null, closed: null, reopenedAt: now },
  ],
  [
    'does not reopen a loss if the group has a newer loss',
    'undo',
    [incident({ ...loss, ...seen, ...closedAs('acknowledged') }), { ...later, ...loss }],
    'superseded',
    closedAs('acknowledged'),
  ],
  ['has no acknowledgement to take back', 'undo', [incident()], 'none', { acknowledgedAt: null }],
  [
    'does not reopen an incident that has recovered',
    'undo',
    [incident({ ...seen, ...closedAs('recovered') })],
    'closed',
    closedAs('recovered'),
  ],
])('a click %s', (_, action, incidents, outcome, after) => {
  const acted = act(stateOf(...incidents), action)
  expect(acted).toMatchObject({ outcome, after })
  const changed = acted.state.incidents.find(each => each.id === id)
  expect(changed).toMatchObject(after)
  expect(acted.state.incidents).toHaveLength(incidents.length)
  if (outcome !== 'done') expect(acted.state.incidents).toEqual(incidents)
})

test('a click on a forgotten incident changes nothing', () => {
  expect(act(stateOf(later), 'acknowledge')).toMatchObject({ outcome: 'forgotten', state: stateOf(later) })
})

test('an acknowledgement that was taken back no longer names anybody', () => {
  expect(act(stateOf(incident(seen)), 'undo').after).not.toHaveProperty('acknowledgedBy')
})
