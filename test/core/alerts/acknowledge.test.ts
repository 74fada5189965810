import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import { aCommit, gone, now, reset } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'

const far = 9 * DAY

describe('acknowledging', () => {
  test('closes a loss, and keeps a deadline open', () => {
    const watcher = new Watcher()
    watcher.see(0, [reset(HOUR, aCommit(2 * DAY)), gone(HOUR, aCommit(0, { group: 'b' }))])
    const { state, acknowledged } = acknowledge(watcher.state, 'app', now + HOUR)
    watcher.state = state

    expect(acknowledged.map(({ kind }) => kind)).toEqual(['loss', 'deadline'])
    expect(watcher.incidents).toEqual(['loss closed: acknowledged', 'deadline first', 'loss'])
    expect(state.incidents.map(({ acknowledgedAt }) => acknowledgedAt)).toEqual([
      now + HOUR,
      now + HOUR,
      null,
    ])

    watcher.see(2 * HOUR, [reset(HOUR, aCommit(2 * DAY))])
    expect(watcher.incidents.slice(0, 2)).toEqual(['loss closed: acknowledged', 'deadline first'])
  })

  test('changes nothing about a closed incident or another group', () => {
    const watcher = new Watcher()
    watcher.see(0, [aCommit(2 * DAY)])
    watcher.see(HOUR, [aCommit(far)])
    const none = { state: watcher.state, acknowledged: [], already: [] }
    expect(acknowledge(watcher.state, 'app', now)).toEqual(none)
    expect(acknowledge(watcher.state, 'b', now)).toEqual(none)
  })

  test('keeps the first person and time of an incident that is already acknowledged', () => {
    const watcher = new Watcher()
    watcher.see(0, [aCommit(2 * DAY)])
    const first = acknowledge(watcher.state, 'app', now + HOUR, 'ada').state
    const { state, acknowledged, already } = acknowledge(first, 'app', now + 2 * HOUR, 'bob')
    expect(state).toEqual(first)
    expect(acknowledged).toEqual([])
    expect(already).toMatchObject([{ acknowledgedAt: now + HOUR, acknowledgedBy: 'ada' }])
  })
})
