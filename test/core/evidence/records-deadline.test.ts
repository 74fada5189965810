import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nextProbe } from '../../../functions/core/evidence/log-times.ts'
import {
  type UnreadBefore,
  type UnreadIn,
  unreadRecords,
} from '../../../functions/core/evidence/records-deadline.ts'
import type { RecordsRetention, TimeProbe } from '../../../functions/core/reading.ts'
import { DAY, HOUR, MINUTE, monday } from '../readings.ts'

const now = monday
const retention = 7 * DAY
const segment = DAY
const byTime: RecordsRetention = { by: 'time', retention, segment, isCompacted: false }
const context = { startedAt: now, logSweep: 5 * MINUTE, clockSkew: MINUTE }
const horizon = 3 * DAY

/** One record each hour from 200 hours ago on; the log starts at record 30. */
const hourly = Array.from({ length: 200 }, (_, i) => now - (200 - i) * HOUR)
const [logStart, logEnd] = [30n, 200n]

/** As a broker does, of a log whose records all lie in one segment. */
function answer(timestamps: readonly number[], asked: number, from = 0): TimeProbe {
  const i = timestamps.findIndex((timestamp, i) => i >= from && timestamp >= asked)
  return { asked, found: i < 0 ? null : { offset: BigInt(i), timestamp: timestamps[i] ?? 0 } }
}

/** As a scan does. */
function probe(
  timestamps: readonly number[],
  offsets: readonly bigint[],
  plan = { retention, now, horizon },
  from = 0,
) {
  const probes: TimeProbe[] = []
  for (;;) {
    const asked = nextProbe(probes, offsets, plan)
    if (asked === null) return probes
    probes.push(answer(timestamps, asked, from))
  }
}

const log = (changes: Partial<UnreadIn> = {}): UnreadIn => ({
  offset: 40n,
  logStart,
  logEnd,
  retention: byTime,
  probes: probe(hourly, [changes.offset ?? 40n], undefined, Number(logStart)),
  ...changes,
})

test('a deadline within the horizon has both bounds, an hour and a bit apart beside the segment', () => {
  const found = unreadRecords(log(), undefined, context)
  const goes = (hourly[40] ?? 0) + retention
  expect(found).toMatchObject({ atMost: 160n, evidence: 'bounded' })
  expect(found?.earliest).toBeLessThanOrEqual(goes)
  expect(found?.earliest).toBeGreaterThan(goes - 2 * HOUR)
  expect(found?.latest).toBeGreaterThanOrEqual(goes + segment)
  expect(found?.latest).toBeLessThan(goes + segment + 2 * HOUR)
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

const unknown = { atMost: 160n, earliest: null, latest: null }
test.each<[string, Partial<UnreadIn>, object | null]>([
  ['a group at the log end has read all', { offset: 200n }, null],
  ['a group beyond the log has nothing to read', { offset: 500n }, null],
  ['a partition without a leader: the log was not read', { logStart: null, logEnd: null }, null],
  ['a log that is empty above the offset', { offset: 3n, logStart: 200n }, null],
  ['a negative offset is no position', { offset: -2n }, null],
  ['no retention deletes them', { retention: { by: 'never' } }, { ...unknown, evidence: 'never' }],
  ['retention by size has no bound', { retention: { by: 'size' } }, { ...unknown, evidence: 'size' }],
  ['tiered storage', { retention: { by: 'tiered' } }, { ...unknown, evidence: 'tiered' }],
  [
    'settings that may not be read',
    { retention: { by: 'not-authorized' } },
    { ...unknown, evidence: 'not-authorized' },
  ],
  ['settings that were not read', { retention: undefined }, { ...unknown, evidence: 'unknown' }],
  ['a leader that does not answer for timestamps', { probes: [] }, { ...unknown, evidence: 'unknown' }],
  [
    'below the log start, the records that are left count',
    { offset: 3n },
    { atMost: 170n, evidence: 'bounded' },
  ],
  [
    '−1 to each question: no record is that young',
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

test('the largest timestamp that a record can have is a date', () => {
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

test('of a topic that is also compacted no latest moment is known', () => {
  const compacted = unreadRecords(log({ retention: { ...byTime, isCompacted: true } }), undefined, context)
  expect(compacted).toMatchObject({ evidence: 'bounded', latest: null })
  expect(compacted?.earliest).not.toBeNull()
})

const few = (changes: Partial<UnreadBefore> = {}): UnreadBefore => ({
  offset: 195n,
  logEnd,
  unread: { atMost: 5n, evidence: 'few', retention: null, earliest: null, latest: null },
  ...changes,
})
test.each<[string, bigint, UnreadBefore | undefined, 'few' | 'bounded']>([
  ['few offsets at the first sight of a group', 195n, undefined, 'few'],
  ['few offsets behind a new commit', 195n, few({ offset: 150n, unread: null }), 'few'],
  ['few offsets, and neither end has moved', 195n, few(), 'few'],
  ['few offsets, and the log end has moved since the commit', 195n, few({ logEnd: 198n }), 'bounded'],
  ['few offsets, where the group had read all', 195n, few({ logEnd: 195n, unread: null }), 'bounded'],
  ['few offsets in a snapshot of an earlier version', 195n, few({ unread: null }), 'few'],
  ['few offsets, and the log was not read the time before', 195n, few({ logEnd: null, unread: null }), 'few'],
  [
    'few offsets that were claimed before',
    195n,
    few({ unread: { atMost: 5n, evidence: 'bounded', retention: null, earliest: 0, latest: null } }),
    'bounded',
  ],
  ['eleven offsets', 189n, undefined, 'bounded'],
])('%s', (_, offset, before, evidence) => {
  expect(unreadRecords(log({ offset }), before, context)?.evidence).toBe(evidence)
})

// Kafka's own rule, played on random logs: segments roll and go as UnifiedLog.deleteOldSegments has it.
interface Segment {
  from: number
  to: number
  largest: number
}

/** Where Kafka begins new segments: one record a batch. */
function segmentsOf(timestamps: readonly number[], length: number, records: number): Segment[] {
  const segments: (Segment & { first: number })[] = []
  timestamps.forEach((timestamp, i) => {
    const last = segments.at(-1)
    if (last && timestamp - last.first <= length && last.to - last.from < records) {
      last.to = i + 1
      last.largest = Math.max(last.largest, timestamp)
    } else segments.push({ from: i, to: i + 1, largest: timestamp, first: timestamp })
  })
  return segments
}

/** As ListOffsets answers: from the first segment whose largest timestamp is not smaller. */
const listed = (timestamps: readonly number[], segments: readonly Segment[], asked: number): TimeProbe => {
  const { from } = segments.find(({ largest }) => largest >= asked) ?? { from: timestamps.length }
  return answer(timestamps, asked, from)
}

test('nothing goes before `earliest`, and nothing is left after `latest`, in any order of timestamps', () => {
  const times = fc.array(fc.integer({ min: now - 12 * DAY, max: now + 2 * DAY }), {
    minLength: 2,
    maxLength: 40,
  })
  const lengths = fc.integer({ min: 1, max: 3 * DAY })
  fc.assert(
    fc.property(
      times,
      fc.boolean(),
      lengths,
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      (some, sorted, length, size, at) => {
        const timestamps = sorted ? some.toSorted((a, b) => a - b) : some
        const segments = segmentsOf(timestamps, length, size)
        const gone = segments.findIndex(({ largest }) => now - largest <= retention)
        const kept = segments.slice(gone < 0 ? segments.length : gone)
        fc.pre(kept[0] !== undefined)
        const start = kept[0]?.from ?? 0
        const offset = start + (at % (timestamps.length - start))

        const probes: TimeProbe[] = []
        for (let asked: number | null = -1; asked !== null; ) {
          asked = nextProbe(probes, [BigInt(offset)], { retention, now, horizon })
          if (asked !== null) probes.push(listed(timestamps, kept, asked))
        }
        expect(probes.length).toBeLessThan(10)
        const range = { logStart: BigInt(start), logEnd: BigInt(timestamps.length) }
        const topic = { ...byTime, segment: length }
        const before: UnreadBefore = { offset: BigInt(offset), logEnd: 0n, unread: null }
        const found = unreadRecords(
          { offset: BigInt(offset), ...range, retention: topic, probes },
          before,
          context,
        )

        // The segment of the offset goes when it and all before it are old enough.
        const until = kept.findIndex(({ to }) => offset < to)
        const goes = Math.max(...kept.slice(0, until + 1).map(({ largest }) => largest)) + retention
        expect(found?.evidence).toBe('bounded')
        expect(found?.earliest ?? Infinity).toBeLessThanOrEqual(Math.max(now, goes))
        if (found?.latest != null) expect(found.latest).toBeGreaterThan(goes)
        if (goes <= now + horizon) expect(found?.latest).not.toBeNull()
      },
    ),
    { numRuns: 2000 },
  )
})

test('probes serve all groups of a partition, and end', () => {
  const offsets = Array.from({ length: 100 }, (_, i) => BigInt(31 + i))
  const probes = probe(hourly, offsets, undefined, Number(logStart))
  expect(probes.length).toBeLessThanOrEqual(64)
  for (const offset of offsets) {
    const { earliest } = unreadRecords(log({ offset, probes }), undefined, context) ?? {}
    const goes = (hourly[Number(offset)] ?? 0) + retention
    expect(earliest).toBeLessThanOrEqual(Math.max(now, goes))
    if (goes < now + horizon) expect(earliest).toBeGreaterThan(goes - 2.5 * HOUR)
  }
})
