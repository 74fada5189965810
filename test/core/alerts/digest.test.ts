import { describe, expect, test } from '@jest/globals'
import type { DueMessage } from '../../../functions/core/alerts/message.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { PolicySettings } from '../../../functions/core/model/settings.ts'
import { aCommit, gone, guarded, now, owned, policy, reset, stopped } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'

const far = 6 * DAY

function short({ edits, message: { notice, route } }: DueMessage): string {
  const verb = edits ? 'edit' : 'post'
  const where = route ? ` in ${route.channel}` : ''
  if (notice.type !== 'digest') return `${verb} ${notice.type}${where}`
  const told = [
    ...notice.entries.map(each => `${each.group} ${each.case}`),
    ...notice.neverCommitted.map(each => `${each.group} never committed ${each.topic}`),
  ]
  return `${verb} digest${where}: ${told.join(', ')}`
}
const shorts = (due: DueMessage[]) => due.map(short)

const routes: PolicySettings['routes'] = [
  { pattern: 'g00*', channel: '#zero', mention: undefined },
  { pattern: '*1', channel: '#one', mention: undefined },
]
const routed = { policy: { ...policy, routes } }

/** Digests are due at 8:00, and `now` is 8:00, too. An hour later is the same day. */
describe('the daily digest', () => {
  const atRisk = [
    stopped(2 * DAY, { group: 'a-stopped' }),
    gone(-HOUR, stopped(0, { group: 'b-lost' })),
    gone(-HOUR, aCommit(0, { group: 'c-deleted' }), 'topic-deleted'),
    guarded(-HOUR, { group: 'd-protected' }),
    aCommit(20 * DAY, { group: 'e-safe' }),
  ]

  test('lists risks that are not urgent, once a day, and not again with the same content', () => {
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    expect(watcher.tell(HOUR, atRisk)).toEqual([])
    expect(shorts(watcher.tell(DAY, atRisk))).toEqual([
      'post digest: b-lost loss-stopped, c-deleted topic-deleted, a-stopped stopped, d-protected protected',
    ])
    expect(watcher.tell(DAY + HOUR, atRisk)).toEqual([])

    // Old losses are no news.
    const later = [stopped(4 * DAY, { group: 'a-stopped' }), ...atRisk.slice(1)]
    expect(shorts(watcher.tell(2 * DAY, later))).toEqual([
      'post digest: a-stopped stopped, d-protected protected',
    ])
    expect(watcher.tell(3 * DAY, later)).toEqual([])
  })

  test('says how many groups are ignored, which rules end within a week, and which match nothing', () => {
    const rule = (pattern: string, days?: number, reason = 'a test') => ({
      pattern,
      reason,
      until: days === undefined ? undefined : now + days * DAY,
    })
    const ignore = [
      rule('e-*', 3),
      rule('f-*', 20),
      rule('g-*'),
      rule('tool-*', undefined, 'by default: a tool'),
    ]
    const watcher = new Watcher()
    const changes = { policy: { ...policy, ignore } }
    watcher.tell(0, atRisk, changes)
    const [due] = watcher.tell(DAY, [...atRisk, aCommit(DAY, { group: 'f-1' })], changes)
    expect(due?.message.notice).toMatchObject({
      type: 'digest',
      ignored: {
        groups: 2,
        ending: [{ pattern: 'e-*' }],
        idle: [{ pattern: 'g-*' }],
      },
    })
  })

  test('lists each step back of a group with members once', () => {
    const steppedBack = (ago: number, changes: Partial<Commit> = {}) =>
      reset(ago, guarded(20 * DAY, changes), { reason: 'moved-back', offset: 90n, resetTo: 0n })
    const running = (ago: number) => steppedBack(ago, { group: 'b-running' })
    const others = [
      reset(-HOUR, guarded(20 * DAY, { group: 'a-empty' }), { reason: 'moved-back', foundInState: 'Empty' }),
      steppedBack(3 * DAY, { group: 'c-long-ago' }),
      aCommit(20 * DAY, { group: 'd-safe' }),
    ]
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    expect(shorts(watcher.tell(DAY, [...others, running(-HOUR)]))).toEqual([
      'post digest: b-running moved-back',
    ])
    expect(watcher.tell(DAY + HOUR, [...others, running(-HOUR)])).toEqual([])
    expect(shorts(watcher.tell(2 * DAY, [...others, running(-DAY - HOUR)]))).toEqual([
      'post digest: b-running moved-back',
    ])
    expect(watcher.tell(3 * DAY, [...others, running(-DAY - HOUR)])).toEqual([])
  })

  test('is posted if it has a new loss, even if it lists the same groups as the day before', () => {
    const lost = (ago: number) => [
      stopped(3 * DAY, { group: 'a-stopped' }),
      gone(ago, stopped(0, { group: 'b-lost' })),
    ]
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    const digest = 'post digest: b-lost loss-stopped, a-stopped stopped'
    expect(shorts(watcher.tell(DAY, lost(-HOUR)))).toEqual([digest])
    expect(shorts(watcher.tell(2 * DAY, lost(-DAY - HOUR)))).toEqual([digest])
  })

  test('is not posted if it has no entries', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    expect(watcher.tell(DAY, [aCommit(far)])).toEqual([])
  })

  test('leaves out groups that have a message of their own', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const toOwner = { policy: owned }
    // The stopped group's own message comes at the last level.
    expect(watcher.tell(DAY, [stopped(2 * DAY)], toOwner)).toEqual([])
    expect(shorts(watcher.tell(2 * DAY, [stopped(2 * DAY)], toOwner))).toEqual(['post expiring in undefined'])
    expect(watcher.tell(3 * DAY, [stopped(2 * DAY)], toOwner)).toEqual([])
  })

  test('stays due until Slack accepts it', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const stoppedOnes = [stopped(2.5 * DAY)]
    expect(watcher.see(DAY, stoppedOnes)).toHaveLength(1)
    expect(shorts(watcher.tell(DAY + HOUR, stoppedOnes))).toEqual(['post digest: app stopped'])
  })

  test('is posted once a week to a route’s channel, with the losses since the last one', () => {
    const watcher = new Watcher()
    const days = (...commits: Commit[][]) =>
      commits.map((each, day) => shorts(watcher.tell((day + 1) * DAY, each, routed)))
    watcher.tell(0, [])
    const [first, second] = [stopped(2 * DAY, { group: 'g001' }), stopped(4 * DAY, { group: 'g002' })]
    const lost = gone(-3 * DAY, second)
    expect(days([first], [first, second], [first, second], [lost], [lost], [lost], [], [lost])).toEqual([
      ['post digest in #zero: g001 stopped'],
      ...Array(6).fill([]),
      ['post digest in #zero: g002 loss-stopped'],
    ])
  })

  test('names its period', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const due = watcher.tell(
      DAY,
      ['g001', 'y'].map(group => stopped(2 * DAY, { group })),
      routed,
    )
    const periods = due.map(({ message: { notice, route } }) => ({ notice, channel: route?.channel }))
    expect(periods).toMatchObject([
      { notice: { every: 'week' }, channel: '#zero' },
      { notice: { every: 'day' }, channel: undefined },
    ])
  })

  test('lists never-committed partitions once, and again when the list changes', () => {
    const watcher = new Watcher()
    const entry = { topic: 'orders', partitions: [0, 1], since: now - DAY }
    const neverCommitted = ['x1', 'y', 'z'].map(group => ({ ...entry, group }))
    const ignore = [{ pattern: 'z', reason: 'a test', until: undefined }]
    const changes = { policy: { ...routed.policy, ignore }, neverCommitted }
    expect(watcher.tell(0, [], changes)).toEqual([])
    expect(shorts(watcher.tell(DAY, [], changes)).sort()).toEqual([
      'post digest in #one: x1 never committed orders',
      'post digest: y never committed orders',
    ])
    expect(watcher.tell(2 * DAY, [], changes)).toEqual([])
    const another = [...neverCommitted, { ...entry, group: 'y', topic: 'returns' }]
    expect(shorts(watcher.tell(3 * DAY, [], { ...changes, neverCommitted: another }))).toEqual([
      'post digest: y never committed orders, y never committed returns',
    ])
  })

  test('is posted to each channel with the groups of its route', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const commits = ['g001', 'x1', 'y'].map(group => stopped(2 * DAY, { group }))
    expect(shorts(watcher.tell(DAY, commits, routed)).sort()).toEqual([
      'post digest in #one: x1 stopped',
      'post digest in #zero: g001 stopped',
      'post digest: y stopped',
    ])
  })
})
