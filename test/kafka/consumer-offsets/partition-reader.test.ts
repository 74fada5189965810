import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { OffsetLog } from '../../../functions/kafka/consumer-offsets/offset-log.ts'
import {
  type OffsetCursor,
  PartitionReader,
} from '../../../functions/kafka/consumer-offsets/partition-reader.ts'
import { randomCases } from '../../random-cases.ts'
import { batch } from './batches.ts'
import { commit, marker, tombstone, transactional } from './records.ts'

/** An event in the log, one record a batch. */
type Event =
  | { kind: 'commit'; partition: number }
  | { kind: 'tombstone'; partition: number }
  | { kind: 'pending'; partition: number; producer: number }
  | { kind: 'end'; producer: number; commits: boolean }
  /** Compaction has left a hole. */
  | { kind: 'hole' }

/** The log of one partition, served like a broker. */
class FakeLog {
  readonly #batches: Buffer[]
  readonly end: number

  constructor(events: readonly Event[]) {
    this.end = events.length
    this.#batches = events.flatMap((event, at) => written(event, at) ?? [])
  }

  /** From the first batch at or after `offset`, cut off after `maxBytes`, except the first batch. */
  fetch(offset: number, maxBytes: number): Buffer {
    const first = this.#batches.findIndex(bytes => bytes.readBigInt64BE() >= offset)
    if (first < 0) return Buffer.of()
    const rest = this.#batches.slice(first)
    return Buffer.concat(rest).subarray(0, Math.max(maxBytes, rest[0]?.length ?? 0))
  }
}

function written(event: Event, at: number): Buffer | undefined {
  const value = (partition: number) => commit({ partition, offset: at, committedAt: at })
  switch (event.kind) {
    case 'commit':
      return batch({ records: [value(event.partition)], baseOffset: at })
    case 'tombstone':
      return batch({ records: [tombstone(event)], baseOffset: at, baseTimestamp: at })
    case 'pending':
      return transactional(event.producer, at, value(event.partition))
    case 'end':
      return marker(event.commits ? 'commit' : 'abort', event.producer, at)
    case 'hole':
      return undefined
  }
}

interface Run {
  end: number
  answers: number
  maxBytes: number
}

const whole = (end: number): Run => ({ end, answers: Number.POSITIVE_INFINITY, maxBytes: 1e9 })

/** Reads a log up to `end` in the given number of answers. */
function run(log: FakeLog, { end, answers, maxBytes }: Run, cursor: OffsetCursor | undefined, firstStep = 4) {
  const into = new OffsetLog(1)
  const toRead = { partition: 0, topicId: 'id', start: 0, end, firstStep, stepBytes: 500 }
  const reader = new PartitionReader(into, toRead, cursor)
  for (let left = answers; left > 0 && reader.next; left--) {
    const records = log.fetch(reader.next.offset, maxBytes)
    if (records.length === 0) throw new Error(`offset ${reader.next.offset} was asked for, behind the end`)
    reader.read(
      {
        partition: 0,
        error: 0,
        highWatermark: BigInt(log.end),
        lastStableOffset: 0n,
        logStartOffset: 0n,
        diverging: false,
        records,
      },
      true,
    )
  }
  return {
    ...reader.conclude(),
    cursor: reader.cursor,
    commits: into.group('g')?.commits ?? new Map<string, never>(),
  }
}

const partitionOf = fc.nat(2)
const producerOf = fc.integer({ min: 7, max: 8 })
const eventOf = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('commit' as const), partition: partitionOf }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tombstone' as const), partition: partitionOf }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pending' as const),
      partition: partitionOf,
      producer: producerOf,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('end' as const), producer: producerOf, commits: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'hole' as const }) },
)
/** The last record of a log is never compacted away. */
const eventsOf = fc
  .array(eventOf, { minLength: 1, maxLength: 60 })
  .map(events => [...events, { kind: 'commit', partition: 2 } as const])

/** Events as Kafka 4 writes them: no sweep deletes an offset while a transactional commit of it is pending. */
const guardedEventsOf = eventsOf.map(events => {
  const pending = new Map<number, Set<number>>()
  return events.filter(event => {
    if (event.kind === 'pending') {
      pending.set(event.producer, (pending.get(event.producer) ?? new Set()).add(event.partition))
    } else if (event.kind === 'end') pending.delete(event.producer)
    return event.kind !== 'tombstone' || ![...pending.values()].some(its => its.has(event.partition))
  })
})

/** The truth from a model that knows the whole log: each partition's last committed offset, or undefined. */
function truth(events: readonly Event[], end: number): Map<string, bigint> {
  const last = new Map<string, { at: number; value: bigint }>()
  const open = new Map<number, Map<number, number>>()
  for (const [at, event] of events.slice(0, end).entries()) {
    if (event.kind === 'commit') last.set(`${event.partition} t`, { at, value: BigInt(at) })
    else if (event.kind === 'tombstone') last.delete(`${event.partition} t`)
    else if (event.kind === 'pending') {
      const its = open.get(event.producer) ?? new Map<number, number>()
      open.set(event.producer, its.set(event.partition, at))
    } else if (event.kind === 'end') {
      for (const [partition, from] of event.commits ? (open.get(event.producer) ?? []) : []) {
        if (from > (last.get(`${partition} t`)?.at ?? -1))
          last.set(`${partition} t`, { at: from, value: BigInt(from) })
      }
      open.delete(event.producer)
    }
  }
  return new Map([...last].map(([key, { value }]) => [key, value]))
}

/** A tombstone, and two transactions that end behind it: the later commit counts. */
const twoTransactions: Event[] = [
  { kind: 'pending', partition: 1, producer: 7 },
  { kind: 'tombstone', partition: 1 },
  { kind: 'pending', partition: 1, producer: 8 },
  { kind: 'end', producer: 7, commits: true },
  { kind: 'end', producer: 8, commits: true },
]

test('a log that is read at once yields the state of each offset', () => {
  fc.assert(
    fc.property(eventsOf, fc.integer({ min: 1, max: 200 }), (events, maxBytes) => {
      const log = new FakeLog(events)
      const { commits, caughtUp, reachedEnd } = run(log, { ...whole(log.end), maxBytes }, undefined, 1000)
      expect([caughtUp, reachedEnd]).toEqual([true, true])
      const found = [...commits].flatMap(([key, { last }]) => (last ? [[key, last.offset] as const] : []))
      expect(new Map(found)).toEqual(truth(events, log.end))
    }),
    { numRuns: randomCases(300), examples: [[twoTransactions, 1]] },
  )
})

test('a log that is read in pieces, by several runs, yields the same state and never a wrong one', () => {
  const runOf = fc.record({ end: fc.nat(61), answers: fc.nat(6), maxBytes: fc.integer({ min: 1, max: 800 }) })
  fc.assert(
    fc.property(guardedEventsOf, fc.array(runOf, { maxLength: 5 }), (events, runs) => {
      const log = new FakeLog(events)
      const ends = runs.map(({ end }) => Math.min(end, log.end)).sort((a, b) => a - b)
      const known = new Map<string, bigint | undefined>()
      let cursor: OffsetCursor | undefined

      for (const [i, each] of [...runs, whole(log.end)].entries()) {
        const end = ends[i] ?? log.end
        const { commits, ...reading } = run(log, { ...each, end }, cursor)
        if (cursor !== undefined) expect(reading.unbroken).toBe(true)
        cursor = JSON.parse(JSON.stringify(reading.cursor))

        for (const [key, { last, uncertain, older }] of commits) {
          if (uncertain) continue
          if (!older || !known.has(key)) known.set(key, last?.offset)
          if (reading.reachedEnd && !older)
            expect([key, last?.offset]).toEqual([key, truth(events, end).get(key)])
        }
      }
      const found = [...known].flatMap(([key, offset]) =>
        offset === undefined ? [] : [[key, offset] as const],
      )
      expect(new Map(found)).toEqual(truth(events, log.end))
    }),
    { numRuns: randomCases(400) },
  )
})

describe('a cursor', () => {
  const log = new FakeLog(Array.from({ length: 20 }, (_, i) => ({ kind: 'commit', partition: i % 3 })))
  const { cursor } = run(log, whole(20), undefined)
  const none = { partition: 0, topicId: 'id', leaderEpoch: -1, from: 16, to: 16, unreadableTo: 0 }

  test('covers everything that was read', () => {
    expect(cursor).toEqual({ partition: 0, topicId: 'id', leaderEpoch: 5, from: 0, to: 20, unreadableTo: 0 })
  })

  test('keeps the next run from reading anything twice', () => {
    expect(run(log, whole(20), cursor)).toMatchObject({ caughtUp: true, unbroken: true, commits: new Map() })
  })

  test.each<[string, Partial<OffsetCursor>]>([
    ['from another topic', { topicId: 'another' }],
    ['above the end of the log', { to: 21 }],
  ])('%s is discarded, and reading starts over', (_, other) => {
    const started = run(log, { ...whole(20), answers: 0 }, { ...cursor, ...other })
    expect(started).toMatchObject({ unbroken: false, reachedEnd: false, cursor: none })
  })

  test('is discarded if it is below the start of the log', () => {
    const toRead = { partition: 0, topicId: 'id', start: 10, end: 20, firstStep: 4, stepBytes: 500 }
    const reader = new PartitionReader(new OffsetLog(1), toRead, { ...cursor, from: 0, to: 9 })
    expect([reader.cursor, reader.conclude().unbroken]).toEqual([none, false])
  })

  test('is discarded if the log was truncated and written again', () => {
    const toRead = { partition: 0, topicId: 'id', start: 0, end: 20, firstStep: 4, stepBytes: 500 }
    const reader = new PartitionReader(new OffsetLog(1), toRead, { ...cursor, to: 19 })
    expect(reader.next).toEqual({ partition: 0, offset: 19, leaderEpoch: 5 })

    const diverging = {
      partition: 0,
      error: 0,
      highWatermark: 20n,
      lastStableOffset: 20n,
      logStartOffset: 0n,
      diverging: true,
      records: Buffer.of(),
    }
    reader.read(diverging, true)
    expect([reader.cursor, reader.conclude().unbroken]).toEqual([none, false])
  })

  test('remembers an unreadable batch: the commits before it stay uncertain', () => {
    const broken = { ...cursor, to: 19, unreadableTo: 19 }
    const { commits, unbroken } = run(log, whole(20), broken)
    expect([unbroken, commits.get('1 t')?.uncertain]).toEqual([true, false])

    const earlier = run(log, whole(20), { ...broken, from: 18 })
    expect(earlier.commits.get('0 t')).toMatchObject({ older: true, uncertain: true })
  })
})
