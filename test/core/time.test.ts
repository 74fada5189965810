import { describe, expect, test } from '@jest/globals'
import { dates, span, date as terminalDate } from '../../functions/cli/views/format.ts'
import { statusView } from '../../functions/cli/views/status.ts'
import { incidentEvent } from '../../functions/contracts/events/incident-events.ts'
import { statusJson } from '../../functions/contracts/status.ts'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { iso } from '../../functions/core/time.ts'
import { noteworthy } from '../../functions/jobs/assess.ts'
import { render } from '../../functions/slack/messages/message.ts'
import { date, duration } from '../../functions/slack/messages/text.ts'
import { context } from '../builders/commits.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { status, now as statusNow } from '../jobs/status-of-sample.ts'
import { commit, expiring, incident, loss, lost } from '../slack/messages/samples.ts'

const absurd: [string, number][] = [
  ['the largest int64', 2 ** 63],
  ['the smallest int64', -(2 ** 63)],
  ['just beyond a Date', 8.64e15 + 1],
  ['the year 10000', Date.UTC(10_000, 0)],
  ['before 1970', -2],
  ['not a number', Number.NaN],
  ['never', Infinity],
]

/** A commit with times that a stranger chose. */
const strange = (time: number): Partial<Commit> => {
  const bounds = { earliest: time, latest: time }
  return {
    evidence: 'exact',
    expiresAt: time,
    deadline: bounds,
    clockStart: bounds,
    committed: bounds,
    firstSeenAt: time,
    valueSeenAt: time,
    seenFrom: time,
    seenAt: time,
    renewedAt: time,
  }
}

const nonsense = /NaN|Invalid|undefined|Infinity/

describe.each(absurd)('a time that is %s', (_, time) => {
  test('is shown as a date', () => {
    for (const shown of [date(time), terminalDate(time, 0), dates(time, time, time), iso(time)]) {
      expect(shown).toMatch(/\d/)
      expect(shown).not.toMatch(nonsense)
    }
    expect(Date.parse(iso(time))).not.toBeNaN()
  })

  test('is posted to Slack', () => {
    const closed = incident({ closed: { at: time, why: 'lost' }, acknowledgedAt: time, openedAt: time })
    const notices = [
      expiring([commit(strange(time))], { incident: closed, takenAt: time, now: time }),
      expiring([commit({ ...strange(time), evidence: 'observed' })]),
      loss([lost({ kind: 'gone' }, strange(time))], { incident: closed }),
    ]
    for (const notice of notices)
      expect(JSON.stringify(render(notice, { mention: undefined }))).not.toMatch(nonsense)
  })

  test('is listed by status', () => {
    const snapshot = snapshotOf([
      commitOf(strange(time)),
      commitOf({ ...strange(time), group: 'b', logEnd: 3n }),
    ])
    const text = statusView(status({}, snapshot), statusNow, false)
    expect(text).not.toMatch(nonsense)
    expect(text).not.toMatch(/(?<!\d )years/)
    expect(() => JSON.stringify(statusJson([status({}, snapshot)]))).not.toThrow()
  })

  test('is published to subscribers', () => {
    // An offset beyond the end of its log is at risk, whatever the deadline.
    const beyond = commit({ ...strange(time), offset: 50_000n })
    const groups = noteworthy(CommitTable.from([beyond]), context, { also: new Set(), protected: false })
    const assessments = groups.get(beyond.group) ?? []
    expect(assessments).toHaveLength(1)
    const event = incidentEvent(
      {
        type: 'Offsets Expiring',
        action: 'opened',
        subject: { incident: incident(), isForgotten: false },
      },
      { ...context, cluster: 'prod', takenAt: 0, assessments, severityBefore: undefined },
    )
    expect(JSON.stringify(event)).not.toMatch(nonsense)
  })
})

test.each([
  [1001 * 86_400_000, '2 years', '2 years'],
  [2 ** 63, '273,785 years', '273,785 years'],
])('%d ms are counted in years', (ms, inTerminal, inSlack) => {
  expect(span(ms)).toBe(inTerminal)
  expect(duration(ms)).toBe(inSlack)
})
