import { describe, expect, test } from '@jest/globals'
import {
  type UnreadBefore,
  type UnreadIn,
  unreadRecords,
} from '../../../functions/core/evidence/records-deadline.ts'
import { DAY, MINUTE } from '../readings.ts'
import {
  answer,
  byTime,
  context,
  horizon,
  hourly,
  log,
  logEnd,
  logStart,
  minutely,
  now,
  probe,
  retention,
  segment,
} from './probes.ts'

test('a deadline within the horizon has two bounds, a segment and at most half of the time left apart', () => {
  const found = unreadRecords(log(), undefined, context)
  const goes = (hourly[40] ?? 0) + retention
  expect(found).toMatchObject({ atMost: 160n, evidence: 'bounded' })
  expect(found?.earliest).toBeLessThanOrEqual(goes)
  const enough = (goes - now) / 2
  expect(found?.earliest).toBeGreaterThan(goes - enough)
  expect(found?.latest).toBeGreaterThanOrEqual(goes + segment)
  expect(found?.latest).toBeLessThan(goes + segment + enough)
})

test('a deadline beyond the horizon is known to be later, after one probe', () => {
  const { probes } = log({ offset: 189n })
  expect(probes).toHaveLength(1)
  const found = unreadRecords(log({ offset: 189n }), undefined, context)
  expect(found?.earliest).toBeGreaterThanOrEqual(now + horizon - context.clockSkew)
  expect(found?.latest).toBeNull()
})

test('records that are older than the retention may go at any moment', () => {
  const old = hourly.map(timestamp => timestamp - 30 * DAY)
  const found = unreadRecords(log({ probes: probe(old, [40n]) }), undefined, context)
  expect(found).toMatchObject({ earliest: now - context.clockSkew })
  expect(found?.latest).toBeGreaterThan(now)
})

const unknown = {
  atMost: 160n,
  retention: null,
  retentionSetBy: null,
  earliest: null,
  latest: null,
  readTo: null,
  notGrown: 0,
} as const
test.each<[string, Partial<UnreadIn>, object | null]>([
  ['a group at the log end has no unread records', { offset: 200n }, null],
  ['a group beyond the log end has no unread records', { offset: 500n }, null],
  ['a partition without a leader: the log was not read', { logStart: null, logEnd: null }, null],
  ['a log that is empty above the offset', { offset: 3n, logStart: 200n }, null],
  ['a negative offset is not a position', { offset: -2n }, null],
  [
    'a topic whose retention deletes no records',
    { retention: { by: 'never' } },
    { ...unknown, evidence: 'never' },
  ],
  ['retention by size has no bounds', { retention: { by: 'size' } }, { ...unknown, evidence: 'size' }],
  ['tiered storage', { retention: { by: 'tiered' } }, { ...unknown, evidence: 'tiered' }],
  [
    'settings that may not be read',
    { retention: { by: 'not-authorized' } },
    { ...unknown, evidence: 'not-authorized' },
  ],
  ['settings that were not read', { retention: undefined }, { ...unknown, evidence: 'unknown' }],
  ['a leader that does not answer for timestamps', { probes: [] }, { ...unknown, evidence: 'unknown' }],
  [
    'an offset below the log start: the records that are left count',
    { offset: 3n },
    { atMost: 170n, evidence: 'bounded' },
  ],
  [
    'an answer of −1 to each question: no record is that young',
    { probes: [answer([], 1000)] },
    { earliest: now - context.clockSkew },
  ],
])('%s', (_, changes, expected) => {
  const found = unreadRecords(log(changes), undefined, context)
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatchObject(expected)
})

test('a timestamp of the year 9999 at the offset keeps the records, perhaps for ever', () => {
  const future = hourly.with(35, Date.UTC(9999, 0))
  const found = unreadRecords(log({ probes: probe(future, [40n]) }), undefined, context)
  expect(found?.earliest).toBeGreaterThanOrEqual(Date.UTC(9999, 0))
  expect(found?.latest).toBeNull()
})

test('the largest timestamp that a record can have gives a valid date', () => {
  const future = [{ asked: 0, found: { offset: 40n, timestamp: 2 ** 63 } }]
  expect(unreadRecords(log({ probes: future }), undefined, context)?.earliest).toBeLessThanOrEqual(8.64e15)
})

test('a future timestamp behind the offset changes no bound', () => {
  const future = hourly.with(60, Date.UTC(9999, 0))
  const [plain, found] = [hourly, future].map(timestamps =>
    unreadRecords(log({ probes: probe(timestamps, [40n]) }), undefined, context),
  )
  expect(found?.earliest).toBeLessThanOrEqual((hourly[40] ?? 0) + retention)
  expect(found).toEqual(plain)
})

test('a topic that is also compacted has no latest bound', () => {
  const compacted = unreadRecords(log({ retention: { ...byTime, isCompacted: true } }), undefined, context)
  expect(compacted).toMatchObject({ evidence: 'bounded', latest: null })
  expect(compacted?.earliest).not.toBeNull()
})

const few = (changes: Partial<UnreadBefore> = {}): UnreadBefore => ({
  offset: 195n,
  logStart,
  logEnd,
  unread: { ...unknown, atMost: 5n, evidence: 'few' },
  seenFrom: now - 15 * MINUTE,
  ...changes,
})
test.each<[string, bigint, UnreadBefore | undefined, 'few' | 'bounded']>([
  ['few offsets of a group that is seen for the first time', 195n, undefined, 'few'],
  ['few offsets behind a new commit', 195n, few({ offset: 150n, unread: null }), 'few'],
  ['few offsets, and neither end has moved', 195n, few(), 'few'],
  ['few offsets, and the log end has moved since the commit', 195n, few({ logEnd: 198n }), 'bounded'],
  ['few offsets, after the group had read all records', 195n, few({ logEnd: 195n, unread: null }), 'bounded'],
  ['few offsets in a snapshot of an earlier version', 195n, few({ unread: null }), 'few'],
  ['few offsets, and the last run did not read the log', 195n, few({ logEnd: null, unread: null }), 'few'],
  [
    'few offsets that counted as records before',
    195n,
    few({ unread: { ...unknown, atMost: 5n, evidence: 'bounded' } }),
    'bounded',
  ],
  ['eleven offsets', 189n, undefined, 'bounded'],
])('%s', (_, offset, before, evidence) => {
  expect(unreadRecords(log({ offset }), before, context)?.evidence).toBe(evidence)
})

describe('the number of snapshots over which the time left has not grown', () => {
  const interval = 15 * MINUTE
  /** Readings an interval apart, of a group that commits these offsets. */
  function readings(offsets: readonly bigint[], timestamps: readonly number[] = minutely): number[] {
    let before: UnreadBefore | undefined
    return offsets.map((offset, i) => {
      const startedAt = now + i * interval
      const probes = probe(timestamps, [offset], { retention, now: startedAt, horizon })
      const ends = { logStart: 0n, logEnd: BigInt(timestamps.length) }
      const unread = unreadRecords(log({ offset, probes, ...ends }), before, { ...context, startedAt })
      before = { offset, ...ends, unread, seenFrom: startedAt }
      return unread?.notGrown ?? 0
    })
  }
  const steps = (from: number, ...by: number[]) =>
    [0, ...by.keys().map(i => i + 1)].map(count =>
      BigInt(by.slice(0, count).reduce((sum, step) => sum + step, from)),
    )

  test.each<[string, bigint[], number[]]>([
    ['a group that stands still', steps(2000, 0, 0, 0), [1, 2, 3, 4]],
    ['a group that reads at a third of the speed of its producer', steps(2000, 5, 5, 5), [1, 2, 3, 4]],
    ['a group that reads a third faster than its producer', steps(2000, 20, 20, 20), [1, 1, 1, 1]],
    ['a group that catches up fast', steps(2000, 400, 400, 400), [1, 1, 1, 1]],
    ['a group that stops catching up', steps(2000, 400, 0, 0), [1, 1, 2, 3]],
    ['a group that reads on after it has stood still', steps(2000, 0, 0, 400), [1, 2, 3, 1]],
    ['a group that a person has set back', steps(2000, -400, 0), [1, 2, 3]],
  ])('%s', (_, offsets, notGrown) => {
    expect(readings(offsets)).toEqual(notGrown)
  })

  test('is 0 if the deadline is unknown', () => {
    expect(unreadRecords(log({ retention: { by: 'size' } }), undefined, context)?.notGrown).toBe(0)
  })
})
