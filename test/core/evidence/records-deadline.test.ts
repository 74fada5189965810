import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nextProbe } from '../../../functions/core/evidence/log-times.ts'
import {
  FEW,
  firstUnread,
  isKnownClosely,
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

/** One record each minute for the last seven days. */
const minutely = Array.from({ length: 10_080 }, (_, i) => now - (10_080 - i) * MINUTE)

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

test('a deadline within the horizon has both bounds, half of the time left apart beside the segment', () => {
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
  earliest: null,
  latest: null,
  readTo: null,
  notGrown: 0,
} as const
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
  logStart,
  logEnd,
  unread: { ...unknown, atMost: 5n, evidence: 'few' },
  seenFrom: now - 15 * MINUTE,
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
    few({ unread: { ...unknown, atMost: 5n, evidence: 'bounded' } }),
    'bounded',
  ],
  ['eleven offsets', 189n, undefined, 'bounded'],
])('%s', (_, offset, before, evidence) => {
  expect(unreadRecords(log({ offset }), before, context)?.evidence).toBe(evidence)
})

describe('how long the time left has not grown', () => {
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
    ['a group that goes on after it has stood still', steps(2000, 0, 0, 400), [1, 2, 3, 1]],
    ['a group that is set back', steps(2000, -400, 0), [1, 2, 3]],
  ])('%s', (_, offsets, notGrown) => {
    expect(readings(offsets)).toEqual(notGrown)
  })

  test('where nothing is known, nothing is counted', () => {
    expect(unreadRecords(log({ retention: { by: 'size' } }), undefined, context)?.notGrown).toBe(0)
  })
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

/** What Kafka has kept of a log at a time. @returns its segments, and when it deletes the one with `offset` */
function logAt(time: number, timestamps: readonly number[], length: number, records: number) {
  const segments = segmentsOf(timestamps, length, records)
  const gone = segments.findIndex(({ largest }) => time - largest <= retention)
  const kept = segments.slice(gone < 0 ? segments.length : gone)
  const logStart = BigInt(kept[0]?.from ?? timestamps.length)
  const recordsEnd = BigInt(timestamps.length)
  // Markers at the end, so that there are never few.
  const logEnd = recordsEnd + FEW
  /** The segment of an offset goes when it and all before it are old enough. */
  const goesAt = (offset: bigint) => {
    const until = kept.findIndex(({ to }) => offset < to)
    return Math.max(...kept.slice(0, until + 1).map(({ largest }) => largest)) + retention
  }
  const probesOf = (offset: bigint) => {
    const probes: TimeProbe[] = []
    for (;;) {
      const asked = nextProbe(probes, [offset], { retention, now: time, horizon })
      if (asked === null) return probes
      probes.push(listed(timestamps, kept, asked))
    }
  }
  return { logStart, recordsEnd, logEnd, goesAt, probesOf }
}

const ages = (from: number, to: number, minLength: number) =>
  fc.array(fc.integer({ min: from, max: to }), { minLength, maxLength: 40 })

test('nothing goes before `earliest`, and nothing is left after `latest`, in any order of timestamps', () => {
  fc.assert(
    fc.property(
      ages(now - 12 * DAY, now + 2 * DAY, 2),
      ages(now - 2 * DAY, now + 9 * DAY, 0),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 * DAY }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.tuple(fc.integer({ min: 1, max: 9 * DAY }), fc.nat({ max: 5 })),
      (some, more, sorted, length, size, at, [passed, read]) => {
        const inOrder = (times: number[]) => (sorted ? times.toSorted((a, b) => a - b) : times)
        const timestamps = inOrder(some)
        const topic = { ...byTime, segment: length }
        const check = (
          time: number,
          { logStart, logEnd, goesAt }: ReturnType<typeof logAt>,
          [offset, before, probes]: [bigint, UnreadBefore, readonly TimeProbe[]],
        ) => {
          const log = { offset, logStart, logEnd, retention: topic, probes }
          const found = unreadRecords(log, before, { ...context, startedAt: time })
          const goes = goesAt(firstUnread(offset, logStart))
          expect(found?.evidence).toBe('bounded')
          expect(found?.earliest ?? Infinity).toBeLessThanOrEqual(Math.max(time, goes))
          if (found?.latest != null) expect(found.latest).toBeGreaterThan(goes)
          if (goes <= time + horizon) expect(found?.latest).not.toBeNull()
          return found
        }

        const first = logAt(now, timestamps, length, size)
        fc.pre(first.logStart < first.recordsEnd)
        const offset = first.logStart + (BigInt(at) % (first.recordsEnd - first.logStart))
        const probes = first.probesOf(offset)
        expect(probes.length).toBeLessThan(10)
        const unread = check(now, first, [
          offset,
          { offset, logStart: null, logEnd: 0n, unread: null, seenFrom: now },
          probes,
        ])

        // The snapshot after that: the log has more records, may have lost some, and the group has read on.
        const later = now + passed
        const second = logAt(later, [...timestamps, ...inOrder(more)], length, size)
        const next = offset + BigInt(read)
        const goesOn = firstUnread(next, second.logStart)
        fc.pre(goesOn < second.recordsEnd)
        const before: UnreadBefore = { offset, logStart: first.logStart, logEnd: 0n, unread, seenFrom: now }
        const plan = { ...context, retention, now: later, horizon }
        const again = isKnownClosely(goesOn, before, topic, plan) ? [] : second.probesOf(goesOn)
        check(later, second, [next, before, again])
      },
    ),
    { numRuns: 3000 },
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
    if (goes < now + horizon) expect(earliest).toBeGreaterThan(goes - Math.max(2.5 * HOUR, (goes - now) / 2))
  }
})
