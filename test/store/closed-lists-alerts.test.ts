import { describe, expect, test } from '@jest/globals'
import {
  type AlertState,
  emptyAlertState,
  incidentKinds,
  type Posting,
  parseAlertState,
  postingStatuses,
  replies,
  resolutions,
  summaryKinds,
  troubleKinds,
} from '../../functions/core/alerts/alert-state.ts'
import { levels } from '../../functions/core/model/commit.ts'
import { incidentOf } from '../builders/incidents.ts'
import { LATER, withLater } from './later-version.ts'

describe('the alert state', () => {
  const posting = (status: Posting['status']): Posting => ({
    status,
    since: 1,
    hash: '1f',
    channel: 'C1',
    ts: '1.2',
  })
  const incident = incidentOf({ group: 'g', openedAt: 1, level: null })
  const summary = { id: '1', group: 'g', openedAt: 1, total: 2 }
  const trouble = { since: 1, over: null, details: [] }
  const stateOf = (values: Partial<AlertState>): AlertState => ({ ...emptyAlertState('prod'), ...values })
  const throughJson = (state: unknown) => parseAlertState(JSON.parse(JSON.stringify(state)))

  const messagesOf = (statuses: readonly Posting['status'][]) =>
    Object.fromEntries(statuses.map((status, i) => [`incident/${i}/parent`, posting(status)]))
  const lists: { list: string; state: AlertState; values: readonly string[]; later: AlertState }[] = [
    {
      list: 'resolution',
      values: resolutions,
      state: stateOf({ incidents: resolutions.map(why => ({ ...incident, closed: { at: 1, why } })) }),
      later: stateOf({
        incidents: resolutions.map(() => ({ ...incident, closed: { at: 1, why: 'unknown' } })),
      }),
    },
    {
      list: 'status of a message',
      values: postingStatuses,
      state: stateOf({ messages: messagesOf(postingStatuses) }),
      later: stateOf({ messages: messagesOf(postingStatuses.map(() => 'unknown')) }),
    },
    {
      list: 'level',
      values: levels,
      state: stateOf({ incidents: levels.map(level => ({ ...incident, level })) }),
      // The next watch raises the incident to the commits' level.
      later: stateOf({ incidents: levels.map(() => incident) }),
    },
  ]

  test.each(lists)('is read back with each $list', ({ state }) => {
    expect(throughJson(state)).toEqual(state)
  })

  test.each(lists)('with a $list of a later version stays readable', ({ state, values, later }) => {
    const json = values.reduce(withLater, JSON.stringify(state))
    expect(parseAlertState(JSON.parse(json))).toEqual(later)
  })

  const kinds = [
    {
      list: 'kind of an incident',
      values: incidentKinds,
      state: stateOf({ incidents: incidentKinds.map(kind => ({ ...incident, kind })) }),
    },
    {
      list: 'kind of a summary',
      values: summaryKinds,
      state: stateOf({ summaries: summaryKinds.map(kind => ({ ...summary, kind })) }),
    },
    {
      list: 'kind of a trouble',
      values: troubleKinds,
      state: stateOf({ troubles: troubleKinds.map(kind => ({ ...trouble, kind })) }),
    },
  ]

  test.each(kinds)('is read back with each $list', ({ state }) => {
    expect(throughJson(state)).toEqual(state)
  })

  test.each(kinds)(
    'keeps entries with a $list of a later version aside, for that version',
    ({ state, values }) => {
      const json = values.reduce(withLater, JSON.stringify(state))
      const read = parseAlertState(JSON.parse(json))
      expect([read.incidents, read.summaries, read.troubles]).toEqual([[], [], []])

      // The later version is one that knows the kind.
      const written = JSON.stringify(read).replaceAll(LATER, String(values[0]))
      const known = values.reduce(
        (text, value) => text.replaceAll(`"${value}"`, `"${values[0]}"`),
        JSON.stringify(state),
      )
      expect(parseAlertState(JSON.parse(written))).toEqual(JSON.parse(known))
    },
  )

  test('keeps messages of a later version, so that it does not post them again', () => {
    const keys = [...replies, LATER].map(reply => `incident/1/reply/${reply}`)
    const messages = Object.fromEntries([...keys, `${LATER}/1`].map(key => [key, posting('posted')]))
    const state = stateOf({ incidents: [incident], messages })
    expect(throughJson(state)).toEqual(state)
  })

  test('keeps each field of a later version', () => {
    const later = { [LATER]: { since: 1 } }
    const state = {
      ...stateOf({
        incidents: [{ ...incident, losses: [{ topic: 't', partition: 0, seenAt: 1, ...later }], ...later }],
        summaries: [{ ...summary, kind: 'loss', ...later }],
        messages: { 'incident/1/parent': { ...posting('posted'), ...later } },
        ...later,
      }),
      ...later,
    }
    expect(throughJson(state)).toEqual(state)
  })
})
