import { expect, test } from '@jest/globals'
import { type AlertState, emptyAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { desiredMessages, nextState } from '../../../functions/core/alerts/alerting.ts'
import type { Notice } from '../../../functions/core/alerts/notice.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { Assessment } from '../../../functions/core/policy.ts'
import { noteworthy } from '../../../functions/jobs/assess.ts'
import { aCommit, context, now, stopped } from '../../builders/commits.ts'
import { aHead } from '../../slack/messages/heads.ts'
import { DAY, HOUR } from '../readings.ts'

// A message that cannot be made does not stop the others.

/** An assessment whose commit cannot be read, as after a defect in the rules. */
const broken = (assessment: Assessment): Assessment =>
  Object.defineProperty({ ...assessment }, 'commit', {
    get: () => {
      throw new RangeError('out of range')
    },
  })

/** The state and the messages of a watch that finds one group broken, with its report. */
function watch(before: AlertState, later: number, commits: Commit[], brokenGroup?: string) {
  const reported: string[] = []
  const at = {
    ...context,
    now: now + later,
    takenAt: now + later,
    digestAt: 8 * HOUR,
    isStale: false,
    unusable: [],
    onDefect: (group: string) => void reported.push(group),
    onBroken: (subject: string) => void reported.push(subject),
  }
  const groups = noteworthy(CommitTable.from(commits), at, { also: new Set(), protected: true })
  const found = groups.get(brokenGroup ?? '')
  if (brokenGroup !== undefined && found) groups.set(brokenGroup, found.map(broken))
  const weekFacts = (): never => {
    throw new RangeError('out of range')
  }
  const assessed = { head: aHead({ takenAt: at.takenAt }), groups, weekFacts }
  const state = nextState(before, assessed, at)
  return { state, notices: desiredMessages(state, assessed, at).map(({ notice }) => notice), reported }
}

const ofType = <T extends Notice['type']>(notices: Notice[], type: T) =>
  notices.filter((notice): notice is Extract<Notice, { type: T }> => notice.type === type)

test('a broken group is left out of its summary', () => {
  const near = Array.from({ length: 12 }, (_, i) => aCommit(2 * DAY + i, { group: `g${i}` }))
  const { state } = watch(emptyAlertState('prod'), 0, near)
  const { notices, reported } = watch(state, HOUR, near, 'g3')
  const [summary, ...others] = ofType(notices, 'summary')
  expect(others).toEqual([])
  expect(summary?.worst.map(({ incident }) => incident.group)).toEqual(
    [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11].map(i => `g${i}`),
  )
  expect(new Set(reported)).toEqual(new Set(['g3']))
})

test('a broken group is left out of the digest', () => {
  const quiet = ['a', 'b', 'c'].map(group => stopped(2 * DAY, { group }))
  const { state } = watch(emptyAlertState('prod'), 0, quiet)
  const { notices, reported } = watch(state, DAY, quiet, 'b')
  expect(ofType(notices, 'digest').map(({ entries }) => entries.map(({ group }) => group))).toEqual([
    ['a', 'c'],
  ])
  expect(new Set(reported)).toEqual(new Set(['b']))
})

test('a weekly line that cannot be made stops no other message', () => {
  const near = [aCommit(9 * DAY)]
  const { state } = watch(emptyAlertState('prod'), 0, near)
  const { notices, reported } = watch(state, 7 * DAY, near)
  expect(notices.map(({ type }) => type)).toEqual(['expiring'])
  expect(reported).toEqual(['the weekly line'])
})
