import { describe, expect, test } from '@jest/globals'
import { parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { oldRecurring } from '../../../functions/core/alerts/keys.ts'
import type { PolicySettings } from '../../../functions/core/model/settings.ts'
import { aCommit, gone, now, owned, policy, stopped, unknownAge } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'
import { above, aWatcher, losing } from './unread.ts'

const routes: PolicySettings['routes'] = [{ pattern: 'team-*', channel: '#team', mention: undefined }]
const routed = { policy: { ...policy, routes } }

/** The day of each run, by a clock that is set. Day 0 is a Monday; there is one run a day. */
const days = (from: number, to: number) => Array.from({ length: to - from }, (_, nth) => from + nth)
const clocks: [clock: string, days: number[]][] = [
  ['set back by a week', [...days(0, 23), ...days(16, 37)]],
  ['set back by three weeks', [...days(0, 37), ...days(16, 60)]],
  ['three weeks slow for some days, and put right', [...days(0, 37), ...days(16, 19), ...days(40, 60)]],
  ['three weeks fast for some days, and put right', [...days(0, 9), ...days(30, 33), ...days(12, 60)]],
  ['set back twice, by five weeks each time', [...days(0, 44), ...days(9, 44), ...days(9, 60)]],
  ['50 years slow, and put right', [...days(0, 23), ...days(-18_263, -18_240), ...days(24, 40)]],
  ['50 years fast, and put right', [...days(0, 9), ...days(18_263, 18_280), ...days(10, 40)]],
]

/** A stopped group with another deadline, and a loss of its own, on each day: each digest has news. */
const newsOf = (day: number) =>
  ['app', 'team-app'].flatMap(group => [
    stopped((day + 2) * DAY, { group }),
    gone(HOUR - day * DAY, stopped(0, { group: `${group}-${day}` })),
  ])

/** Keys of the digests and weekly lines that Slack gets. Each run reads the state that the last one saved. */
function keysAfter(runs: readonly number[]): string[] {
  const watcher = new Watcher({ weekly: true })
  return runs.flatMap(day => {
    watcher.state = parseAlertState(JSON.parse(JSON.stringify(watcher.state)))
    const due = watcher.tell(day * DAY, newsOf(day), routed)
    return due.map(({ message }) => message.key).filter(key => /^(week|digest)/.test(key))
  })
}

describe.each(clocks)('a clock that is %s', (_, runs) => {
  const keys = keysAfter(runs)

  test('does not post the weekly line or the digest of the same day twice', () => {
    expect(keys).toEqual([...new Set(keys)])
  })

  test('does not stop the weekly line and the digests: within two weeks they are back', () => {
    const last = (runs.at(-1) ?? 0) - 14
    const later = keys.filter(key => Date.parse(key.split('/')[1] ?? '') > now + last * DAY)
    const kinds = new Set(later.map(key => key.replace(/\/[^/]*/, '')))
    expect([...kinds].sort()).toEqual(['digest/', 'digest/#team', 'week'])
  })
})

test('only the last 60 digests of each channel, and the last 60 weekly lines, are remembered', () => {
  const keysOf = (kind: string, rest = '') => days(0, 61).map(day => `${kind}/${day}${rest}`)
  const others = ['incident/5f3a/parent', 'summary/unknown-age', 'later-kind/1', 'weekend/1']
  const keys = [...others, ...keysOf('digest', '/'), ...keysOf('digest', '/#team'), ...keysOf('week')]
  expect(oldRecurring(keys)).toEqual(['digest/0/', 'digest/0/#team', 'week/0'])
})

describe('a clock that was 40 days ahead in one run', () => {
  const ahead = 40 * DAY

  test('does not hide the next loss of records', () => {
    const watcher = aWatcher()
    const lost = losing(7n, now + ahead)
    watcher.tell(ahead, [lost])
    for (const hour of [1, 2, 3]) watcher.tell(ahead + hour * HOUR, [above(lost)])
    expect(watcher.incidents).toEqual(['records-loss closed: caught-up'])
    expect(shorts(watcher.tell(2 * DAY, [losing(9n, now + 2 * DAY)]))).toContain('post 2 lost mention')
  })

  test('does not hold back the message about groups of unknown age', () => {
    const watcher = new Watcher()
    const near = Array.from({ length: 12 }, (_, i) =>
      aCommit(ahead + 2 * DAY, { group: `g${'abcdefghijkl'[i]}x` }),
    )
    expect(shorts(watcher.tell(ahead, near))).toEqual(['post summary of 12 deadline'])
    expect(shorts(watcher.tell(HOUR, [...near, unknownAge({ group: 'old' })]))).toContain(
      'post 1 of unknown age',
    )
  })

  test('does not let stopped groups join a message of the future', () => {
    const watcher = new Watcher()
    const group = (name: string, left: number) => stopped(left, { group: name })
    watcher.tell(ahead, [group('ci-1', ahead + 5 * HOUR)], { policy: owned })
    const later = [group('ci-1', ahead + 5 * HOUR), group('ci-2', DAY + 5 * HOUR)]
    expect(shorts(watcher.tell(DAY, later, { policy: owned }))).toContain('post parent last')
  })
})
