import { describe, expect, test } from '@jest/globals'
import type { Commit, Level } from '../../functions/core/model/commit.ts'
import type { PolicySettings, SlackIgnoreRule } from '../../functions/core/model/settings.ts'
import {
  assessGroup,
  effectiveLevels,
  levelOf,
  newsSince,
  type PolicyCase,
  timeLeft,
} from '../../functions/core/policy.ts'
import {
  aCommit,
  assigning,
  context,
  gone,
  guarded,
  now,
  policy,
  reset,
  stopped,
  unknownAge,
  unreadOf,
} from '../builders/commits.ts'
import { DAY, HOUR, MINUTE, sevenDays } from './readings.ts'

const far = 5 * DAY
const near = 2 * DAY
const running: Partial<Commit> = { kind: 'classic', state: 'Stable', rule: 'classic-guarded' }

const assessed = (commit: Commit, others: Commit[] = [], changes: Partial<typeof context> = {}) =>
  assessGroup([commit, ...others], { ...context, ...changes })[0]

const ignoring = (until?: number) => ({
  policy: { ...policy, ignore: [{ pattern: 'a*', reason: 'a test', until }] },
})

const madeInSlack: SlackIgnoreRule = {
  id: 'a',
  pattern: 'a*',
  reason: 'in Slack',
  until: now + DAY,
  by: { id: 'U1', name: 'kari', team: 'T1' },
  createdAt: now,
}

describe('the case of an offset', () => {
  test.each<[name: string, commit: Commit, policyCase: PolicyCase, level: Level | null]>([
    ['topic deleted', gone(HOUR, aCommit(0), 'topic-deleted'), 'topic-deleted', null],

    ['simple group, gone', gone(HOUR), 'loss', null],
    ['simple group, gone as expired', gone(HOUR, aCommit(0), 'expired'), 'loss', null],
    ['simple group, reset', reset(HOUR, aCommit(far)), 'loss', null],
    ['assign() while Empty, gone', gone(HOUR, assigning(0)), 'loss', null],
    ['assign() while Empty, gone, dead since', gone(HOUR, assigning(0, { state: 'Dead' })), 'loss', null],
    ['assign() while Empty, reset', reset(HOUR, assigning(far)), 'loss', null],
    ['running again, gone', gone(HOUR, stopped(0, { state: 'Stable' })), 'loss', null],
    ['running again, reset', reset(HOUR, guarded(far, running)), 'loss', null],
    ['KIP-848 that stopped for a moment, gone', gone(HOUR, guarded(0)), 'loss', null],

    ['stopped, gone', gone(HOUR, stopped(0)), 'loss-stopped', null],
    ['stopped, gone, dead since', gone(HOUR, stopped(0, { state: 'Dead' })), 'loss-stopped', null],
    ['stopped, reset', reset(HOUR, stopped(far)), 'loss-stopped', null],
    [
      'running, gone in a topic that the group has left',
      gone(HOUR, guarded(0, { rule: 'consumer-unsubscribed' })),
      'loss-stopped',
      null,
    ],

    ['gone for more than a week', gone(8 * DAY), 'loss-settled', null],
    ['reset more than a week ago, far from the next deadline', reset(8 * DAY, aCommit(far)), 'safe', null],
    ['reset more than a week ago, near the next deadline', reset(8 * DAY, aCommit(near)), 'simple', 'first'],
    ['lost, and recovered', reset(HOUR, aCommit(far), { resetTo: 80n }), 'safe', null],
    ['lost, rewound, and caught up', reset(HOUR, aCommit(far, { offset: 81n })), 'safe', null],
    ['moved back', reset(HOUR, aCommit(far), { reason: 'moved-back' }), 'safe', null],
    ['in a recreated topic', reset(HOUR, aCommit(far), { reason: 'topic-deleted' }), 'safe', null],

    ['of unknown age', unknownAge(), 'unknown-age', null],
    ['of unknown age, beyond the log end', unknownAge({ offset: 101n }), 'beyond-log-end', null],
    ['proven to commit the same offset', aCommit(-HOUR, { renewedAt: now - DAY }), 'same-offset', null],

    ['simple group, far', aCommit(far), 'safe', null],
    ['simple group, near', aCommit(near), 'simple', 'first'],
    ['simple group, past its deadline', aCommit(-DAY), 'simple', 'last'],

    ['assign() while Empty, far', assigning(far), 'safe', null],
    ['assign() while Empty, near', assigning(near), 'assign-while-empty', 'first'],

    ['simple group, beyond the log end', aCommit(far, { offset: 101n }), 'beyond-log-end', null],
    ['running, beyond the log end', guarded(far, { ...running, offset: 101n }), 'beyond-log-end', null],
    ['simple group, beyond the log end and near', aCommit(near, { offset: 101n }), 'beyond-log-end', 'first'],
    [
      'assign() while Empty, beyond the log end and near',
      assigning(near, { offset: 101n }),
      'beyond-log-end',
      'first',
    ],
    [
      'proven to commit the same offset, beyond the log end',
      aCommit(-HOUR, { renewedAt: now - DAY, offset: 101n }),
      'beyond-log-end',
      'last',
    ],
    ['stopped, beyond the log end', stopped(far, { offset: 101n }), 'safe', null],
    ['at the log end', aCommit(far, { offset: 100n }), 'safe', null],
    ['beyond a log that was not read', aCommit(far, { offset: 101n, logEnd: null }), 'safe', null],

    ['stopped, far', stopped(far), 'safe', null],
    ['stopped, near', stopped(near), 'stopped', 'first'],
    [
      'KIP-848, stopped, near',
      guarded(0, { ...stopped(HOUR), kind: 'consumer', emptySince: null }),
      'stopped',
      'last',
    ],
    [
      'running, near, in a topic that the group has left',
      aCommit(near, { kind: 'consumer', state: 'Stable', rule: 'consumer-unsubscribed' }),
      'stopped',
      'first',
    ],

    ['guarded, past its deadline without the guard', guarded(-HOUR), 'protected', null],
    [
      'running, classic, not read for a whole retention',
      guarded(-HOUR, { kind: 'classic', rule: 'classic-guarded' }),
      'safe',
      null,
    ],
    ['guarded, before its deadline without the guard', guarded(HOUR), 'safe', null],
    ['retention unlimited', aCommit(0, { deadline: null }), 'safe', null],
  ])('%s', (_, commit, policyCase, level) => {
    expect(assessed(commit)).toMatchObject({ case: policyCase, level })
    expect(assessed(commit, [], ignoring())).toMatchObject({ case: 'ignored', standing: null, level: null })
  })

  test.each<[name: string, commit: Commit, policyCase: PolicyCase]>([
    ['a deadline', aCommit(near), 'ignored'],
    ['a stopped group', stopped(near), 'ignored'],
    ['an offset beyond the log', aCommit(far, { offset: 500n }), 'ignored'],
    ['a loss', gone(HOUR), 'loss'],
    ['a reset', reset(HOUR, aCommit(near)), 'loss'],
    ['a loss of a stopped group', gone(HOUR, stopped(0)), 'loss-stopped'],
  ])('a rule from Slack silences deadlines only: %s', (_, commit, policyCase) => {
    const changes = { policy: { ...policy, ignore: [madeInSlack] } }
    expect(assessed(commit, [], changes)).toMatchObject({ case: policyCase, standing: null, level: null })
    expect(assessed(commit, [], changes)?.ignored).toBe(madeInSlack)
  })

  test('a rule from Slack silences the deadline of unread records, but not their loss', () => {
    const lostRecords = { atMost: 5n, upTo: 5n, lastAt: now }
    const behind = guarded(7 * DAY, { unread: unreadOf(DAY), lostRecords })
    const records = (ignore: PolicySettings['ignore']) =>
      assessed(behind, [], { policy: { ...policy, ignore } })?.records
    expect(records([])).toMatchObject({ risk: 'alert', loss: 'alert' })
    expect(records([madeInSlack])).toMatchObject({ level: null, risk: 'none', loss: 'alert' })
  })

  test('a rule of the settings that matches, too, wins over one from Slack', () => {
    const [ofSettings] = ignoring().policy.ignore
    const ignore = [...ignoring().policy.ignore, madeInSlack]
    expect(assessed(gone(HOUR), [], { policy: { ...policy, ignore } })).toMatchObject({
      case: 'ignored',
      ignored: ofSettings,
    })
  })

  test('an ignored group is watched again once its rule has ended', () => {
    expect(assessed(aCommit(near), [], ignoring(now + 1))?.case).toBe('ignored')
    expect(assessed(aCommit(near), [], ignoring(now))?.case).toBe('simple')
  })

  test('a reset is a loss, and the next deadline stands beside it', () => {
    expect(assessed(reset(HOUR, aCommit(near)))).toMatchObject({
      case: 'loss',
      standing: 'simple',
      level: 'first',
    })
    expect(assessed(gone(HOUR))).toMatchObject({ case: 'loss', standing: null, level: null })
  })

  test('a loss that was found since the last watch is news, however long ago that was', () => {
    expect(assessed(gone(20 * DAY), [], { newsSince: now - 21 * DAY })?.case).toBe('loss')
  })
})

describe('commits while a group is Empty', () => {
  const quiet = stopped(near, { partition: 1 })

  test('show that all partitions are in use, even if one partition has all of them', () => {
    expect(assessed(quiet, [assigning(near)])?.case).toBe('assign-while-empty')
    expect(assessed(gone(HOUR, quiet), [assigning(near)])?.case).toBe('loss')
    expect(assessed(quiet, [stopped(near)])?.case).toBe('stopped')
  })

  test.each<[string, lastCommit: number, policyCase: string]>([
    ['once', 0, 'stopped'],
    ['for less than an interval', 15 * MINUTE - 1, 'stopped'],
    ['for an interval', 15 * MINUTE, 'assign-while-empty'],
  ])('show use of the group if they span an interval: %s', (_, length, policyCase) => {
    const outsideCommits = { first: now - HOUR, last: now - HOUR + length }
    expect(assessed(stopped(near, { outsideCommits }))?.case).toBe(policyCase)
  })

  test('count together if they are of two partitions', () => {
    const at = (time: number) => ({ outsideCommits: { first: time, last: time } })
    const [first, second] = [stopped(near, at(now - HOUR)), stopped(near, { partition: 1, ...at(now) })]
    expect(assessed(first, [second])?.case).toBe('assign-while-empty')
  })

  test('may be of 150,000 partitions', () => {
    const partitions = Array.from({ length: 150_000 }, () => assigning(near))
    expect(assessed(quiet, partitions)?.case).toBe('assign-while-empty')
  })
})

describe('levels', () => {
  test.each<[left: number, level: Level | null]>([
    [72 * HOUR + 1, null],
    [72 * HOUR, 'first'],
    [24 * HOUR + 1, 'first'],
    [24 * HOUR, 'second'],
    [6 * HOUR + 1, 'second'],
    [6 * HOUR, 'last'],
    [-DAY, 'last'],
  ])('%d ms before the deadline: %s', (left, level) => {
    expect(assessed(aCommit(left))?.level ?? null).toBe(level)
  })

  test('are reached earlier by the clock skew if the deadline is exact; the time left excludes the skew', () => {
    const [edge, latest] = [now + 72 * HOUR + MINUTE, now + 9 * DAY]
    const exact = (earliest: number) => ({
      deadline: { earliest, latest: earliest },
      evidence: 'exact' as const,
    })
    const observed = { deadline: { earliest: edge, latest }, evidence: 'observed' as const }

    expect(levelOf(exact(edge + 1), policy.levels, context)).toBeNull()
    expect(levelOf(exact(edge), policy.levels, context)).toBe('first')
    expect(levelOf(observed, policy.levels, context)).toBeNull()
    expect(timeLeft(exact(edge), now)).toBe(72 * HOUR + MINUTE)
    expect(timeLeft({ deadline: null }, now)).toBeNull()
  })

  test.each([
    ['seven days', 7 * DAY, { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR }],
    [
      'six days, since 72 hours are exactly half of them',
      6 * DAY,
      { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR },
    ],
    ['one day', DAY, { first: 12 * HOUR, second: 4.8 * HOUR, last: 1.2 * HOUR }],
    ['one minute', MINUTE, { first: 30_000, second: 12_000, last: 3_000 }],
    ['unlimited', null, { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR }],
  ])('with a retention of %s', (_, retention, levels) => {
    expect(effectiveLevels(policy.levels, { ...sevenDays, retention })).toEqual(levels)
  })

  test('are those of the first pattern that matches the group', () => {
    const levels = { first: 10 * HOUR, second: 5 * HOUR, last: HOUR }
    const levelsByGroup = [
      { pattern: 'b*', levels: policy.levels },
      { pattern: '*pp', levels },
      { pattern: 'app', levels: policy.levels },
    ]
    const byGroup = { policy: { ...policy, levelsByGroup } }
    expect(assessed(aCommit(11 * HOUR), [], byGroup)?.level).toBeNull()
    expect(assessed(aCommit(HOUR), [], byGroup)).toMatchObject({ level: 'last', levels })
  })

  test('follow the retention of the group’s own coordinator', () => {
    const retention = [sevenDays, { ...sevenDays, broker: 2, retention: 4 * DAY }]
    expect(assessed(aCommit(60 * HOUR, { coordinator: 2 }), [], { retention })?.level).toBeNull()
    expect(assessed(aCommit(60 * HOUR), [], { retention })?.level).toBe('first')
  })
})

test.each([
  ['for a week before the first watch', null, -7 * DAY],
  ['for a week if the last watch was an hour ago', -HOUR, -7 * DAY],
  ['since the skew before the last watch if that was a week ago', -7 * DAY, -7 * DAY - MINUTE],
  ['since the skew before the last watch if that was a month ago', -30 * DAY, -30 * DAY - MINUTE],
])('a loss is news %s', (_, watched, since) => {
  expect(newsSince(now, watched && now + watched, MINUTE) - now).toBe(since)
})

test.each([
  ['after', DAY, 'loss'],
  ['before', 3 * DAY, 'loss-settled'],
])('an offset lost nine days ago by the broker’s clock, last seen %s the last watch', (_, ago, expected) => {
  const lost = { ...gone(9 * DAY, aCommit(0)), seenAt: now - ago }
  expect(assessed(lost, [], { newsSince: now - 2 * DAY })?.case).toBe(expected)
})
