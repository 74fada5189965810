import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nextProbe } from '../../../functions/core/evidence/log-times.ts'
import {
  FEW,
  firstUnread,
  isKnownClosely,
  type UnreadBefore,
  unreadRecords,
} from '../../../functions/core/evidence/records-deadline.ts'
import type { TimeProbe } from '../../../functions/core/reading.ts'
import { randomCases } from '../../random-cases.ts'
import { DAY, HOUR } from '../readings.ts'
import { answer, byTime, context, horizon, hourly, log, logStart, now, probe, retention } from './probes.ts'

interface Segment {
  from: number
  to: number
  largest: number
}

/** Where Kafka begins new segments, with one record in each batch. */
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

/** ListOffsets' answer: from the first segment whose largest timestamp is not smaller. */
const listed = (timestamps: readonly number[], segments: readonly Segment[], asked: number): TimeProbe => {
  const { from } = segments.find(({ largest }) => largest >= asked) ?? { from: timestamps.length }
  return answer(timestamps, asked, from)
}

/**
 * The part of a log that Kafka has kept at a time.
 * @returns its segments, and when it deletes the one with `offset`
 */
function logAt(time: number, timestamps: readonly number[], length: number, records: number) {
  const segments = segmentsOf(timestamps, length, records)
  const gone = segments.findIndex(({ largest }) => time - largest <= retention)
  const kept = segments.slice(gone < 0 ? segments.length : gone)
  const logStart = BigInt(kept[0]?.from ?? timestamps.length)
  const recordsEnd = BigInt(timestamps.length)
  // The log ends with markers, so that there are always more than a few offsets.
  const logEnd = recordsEnd + FEW
  /** Kafka deletes an offset's segment when that segment and all segments before it are old enough. */
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

// Kafka's rule on random logs: segments roll and are deleted as in UnifiedLog.deleteOldSegments.
test('no record goes before `earliest`, and none is left after `latest`, in any order of timestamps', () => {
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

        // The next snapshot: the log has more records, may have lost some, and the group has read on.
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
    { numRuns: randomCases(1000) },
  )
})

test('probes serve all groups of a partition, and their number is limited', () => {
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
