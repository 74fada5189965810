import { describe, expect, test } from '@jest/globals'
import { unreadRecords } from '../../functions/core/evidence/records-deadline.ts'
import type { Commit, Level } from '../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../functions/core/model/unread-records.ts'
import { assessGroup } from '../../functions/core/policy.ts'
import type { RecordsRetention, TimeProbe } from '../../functions/core/reading.ts'
import type { RecordsNews } from '../../functions/core/records-policy.ts'
import { aCommit, assigning, context, guarded, now, policy, stopped, unreadOf } from '../builders/commits.ts'
import { DAY, HOUR, MINUTE } from './readings.ts'

/** A group with members that has not read records for three snapshots; Kafka deletes the first one after `left`. */
const reading = (left: number, unread: Partial<UnreadRecords> = {}, changes: Partial<Commit> = {}): Commit =>
  guarded(7 * DAY, { unread: unreadOf(left, unread), ...changes })

const unreadBy = (commit: Commit): Commit => ({ ...commit, unread: unreadOf(DAY) })

const assessed = (commit: Commit, changes: Partial<typeof context> = {}) =>
  assessGroup([commit], { ...context, ...changes })[0]?.records

const simple = (changes: Partial<Commit>) => unreadBy(aCommit(6 * DAY, changes))

describe('alerts about unread records', () => {
  test.each<[name: string, commit: Commit, risk: RecordsNews]>([
    ['a group with members, whose time left has not grown over three snapshots', reading(DAY), 'alert'],
    [
      'a group with members, whose time left has not grown over two snapshots',
      reading(DAY, { notGrown: 2 }),
      'none',
    ],
    ['a group that catches up', reading(HOUR, { notGrown: 1 }), 'none'],
    ['a snapshot of an earlier version', reading(DAY, { notGrown: 0 }), 'none'],
    ['a deadline beyond the first level', reading(73 * HOUR), 'none'],
    ['no unread records', guarded(7 * DAY), 'none'],

    ['a stopped group', unreadBy(stopped(6 * DAY)), 'digest'],
    [
      'a stopped group that is seen for the first time',
      reading(DAY, { notGrown: 1 }, { state: 'Empty' }),
      'digest',
    ],
    [
      'a group whose members have left the topic',
      reading(DAY, {}, { rule: 'consumer-unsubscribed' }),
      'digest',
    ],
    ['assign() while Empty', unreadBy(assigning(6 * DAY)), 'alert'],
    ['a simple group that has read something since yesterday', simple({ valueSeenAt: now - HOUR }), 'alert'],
    ['a simple group that has read nothing for two days', simple({ valueSeenAt: now - 2 * DAY }), 'digest'],
    [
      'a simple group that was never seen to read',
      simple({ valueSeenAt: now - HOUR, firstSeenAt: now - HOUR }),
      'digest',
    ],
    [
      'a simple group that commits the same offset on a timer',
      simple({
        valueSeenAt: now - 5 * DAY,
        logged: { offset: 50n, at: now - HOUR, expiresAt: null, logOffset: 1 },
      }),
      'alert',
    ],
  ])('%s', (_, commit, risk) => {
    expect(assessed(commit)?.risk).toBe(risk)
  })

  test('an offset that is gone, or one of an ignored group, has no alert about unread records', () => {
    const gone = { reason: 'unknown', earliest: now - HOUR, latest: now } as const
    const ignore = [{ pattern: 'app', reason: 'a test', until: undefined }]
    const nothing = { level: null, risk: 'none', loss: 'none' }
    expect(assessed(reading(DAY, {}, { gone }))).toMatchObject(nothing)
    expect(assessed(reading(DAY), { policy: { ...policy, ignore } })).toMatchObject(nothing)
  })

  const lostRecords = { atMost: 40n, upTo: 50n, lastAt: now - HOUR }
  test.each<[name: string, commit: Commit, loss: RecordsNews]>([
    ['a loss in a group in use', reading(DAY, {}, { lostRecords }), 'alert'],
    ['a loss in a group that catches up', reading(DAY, { notGrown: 1 }, { lostRecords }), 'alert'],
    ['a loss in a stopped group', stopped(6 * DAY, { lostRecords }), 'digest'],
    ['no loss', reading(DAY), 'none'],
  ])('%s', (_, commit, loss) => {
    expect(assessed(commit)?.loss).toBe(loss)
  })

  test.each<[name: string, alert: RecordsNews, stoppedNews: RecordsNews, settings: Partial<typeof policy>]>([
    ['alert', 'alert', 'digest', { records: 'alert' }],
    ['digest', 'digest', 'digest', { records: 'digest' }],
    ['off', 'none', 'none', { records: 'off' }],
    [
      'of the first pattern that matches',
      'digest',
      'digest',
      {
        records: 'off',
        recordsByGroup: [
          { pattern: 'b*', records: 'off' },
          { pattern: 'a*', records: 'digest' },
          { pattern: '*', records: 'alert' },
        ],
      },
    ],
  ])('the setting %s', (_, alert, stoppedNews, settings) => {
    const changes = { policy: { ...policy, ...settings } }
    const lost = reading(DAY, {}, { lostRecords })
    expect(assessed(lost, changes)).toMatchObject({ level: 'second', risk: alert, loss: alert })
    expect(assessed(unreadBy(stopped(6 * DAY)), changes)?.risk).toBe(stoppedNews)
    expect(assessed(reading(DAY, { notGrown: 1 }), changes)?.risk).toBe('none')
  })
})

describe('the level of unread records', () => {
  test.each<[name: string, left: number, retention: number, level: Level | null]>([
    ['first: 72 hours', 72 * HOUR, 7 * DAY, 'first'],
    ['none: more than 72 hours', 72 * HOUR + 1, 7 * DAY, null],
    ['second: 24 hours', 24 * HOUR, 7 * DAY, 'second'],
    ['last: 6 hours', 6 * HOUR, 7 * DAY, 'last'],
    ['last: Kafka may delete them at any moment', -DAY, 7 * DAY, 'last'],
    ['first: 50 % of a short retention', 12 * HOUR, DAY, 'first'],
    ['none: more than 50 % of a short retention', 12 * HOUR + 1, DAY, null],
    ['second: 20 % of a short retention', 4.8 * HOUR, DAY, 'second'],
    ['last: 5 % of a short retention', 1.2 * HOUR, DAY, 'last'],
  ])('%s', (_, left, retention, level) => {
    expect(assessed(reading(left, { retention }))).toMatchObject({ level, risk: level ? 'alert' : 'none' })
  })

  test('a deadline whose last level is shorter than two intervals has a level in `status`, but no alert', () => {
    const short = reading(HOUR, { retention: 10 * HOUR })
    expect(assessed(short, { interval: 15 * MINUTE })).toMatchObject({ level: 'second', risk: 'alert' })
    expect(assessed(short, { interval: 15 * MINUTE + 1 })).toMatchObject({ level: 'second', risk: 'none' })
    const lost = { ...short, lostRecords: { atMost: 1n, upTo: 50n, lastAt: now } }
    expect(assessed(lost, { interval: HOUR })?.loss).toBe('alert')
  })
})

describe('bad input never alerts', () => {
  const retention = 7 * DAY
  const byTime: RecordsRetention = { by: 'time', retention, setBy: 'topic', segment: DAY, isCompacted: false }
  const old: TimeProbe = { asked: now - retention, found: { offset: 40n, timestamp: now - retention } }
  const young: TimeProbe = { asked: now - DAY, found: { offset: 60n, timestamp: now - DAY } }
  const log = { offset: 50n, logStart: 0n, logEnd: 100n, retention: byTime, probes: [old, young] }

  /** The third reading of an offset that stands still. */
  function commitOf(changes: Partial<Parameters<typeof unreadRecords>[0]>): Commit {
    const seen = { ...log, ...changes }
    const [{ offset, logStart, logEnd }, seenFrom] = [seen, now - 15 * MINUTE]
    const at = { startedAt: now, logSweep: 5 * MINUTE, clockSkew: MINUTE }
    let unread = unreadRecords(seen, { offset, logStart, logEnd: 0n, unread: null, seenFrom }, at)
    for (let i = 0; i < 2; i++)
      unread = unreadRecords(seen, { offset, logStart, logEnd, unread, seenFrom }, at)
    return guarded(7 * DAY, { offset, logStart, logEnd, unread })
  }

  test('the unchanged input alerts', () => {
    expect(assessed(commitOf({}))).toMatchObject({ level: 'last', risk: 'alert' })
  })

  test.each<[string, Partial<Parameters<typeof unreadRecords>[0]>]>([
    ['retention.ms=-1', { retention: { by: 'never' } }],
    ['a compacted topic', { retention: { by: 'never' } }],
    ['tiered storage', { retention: { by: 'tiered' } }],
    ['retention.bytes', { retention: { by: 'size' } }],
    ['a partition without a leader', { logStart: null, logEnd: null, probes: [] }],
    ['a leader that answers no question about times', { probes: [] }],
    ['settings that may not be read', { retention: { by: 'not-authorized' } }],
    ['settings that were not answered', { retention: undefined }],
    ['a group beyond its log', { offset: 500n }],
    ['a group at the end of its log', { offset: 100n }],
    [
      'a timestamp of the year 9999',
      { probes: [{ asked: now - DAY, found: { offset: 40n, timestamp: Date.UTC(9999, 0) } }] },
    ],
    [
      'a timestamp that no calendar has',
      { probes: [{ asked: now - DAY, found: { offset: 40n, timestamp: 2 ** 63 } }] },
    ],
    ['a retention.ms that no calendar has', { retention: { ...byTime, retention: 2 ** 53 } }],
  ])('%s', (_, changes) => {
    expect(assessed(commitOf(changes))?.risk).toBe('none')
  })

  test('an answer of −1 to each question does alert: all records may go at any moment', () => {
    const probes = [{ asked: now - retention + 3 * DAY, found: null }]
    expect(assessed(commitOf({ probes }))).toMatchObject({ level: 'last', risk: 'alert' })
  })
})
