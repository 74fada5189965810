import { describe, expect, test } from '@jest/globals'
import type { Reading } from '../../../functions/core/reading.ts'
import {
  aReading,
  classic,
  consumer,
  DAY,
  dead,
  emptyClassic,
  HOUR,
  monday,
  rowAfter,
  type SeenGroup,
  simple,
  subscribedTo,
} from '../readings.ts'
import { at, committed, first, quiet, record, type SeenLog, withLog } from './logs.ts'

// Losses of __consumer_offsets itself: no tombstone shows them.

const topic = { id: 'a', partitions: 4, placedOver: 4, cleanupPolicy: 'compact', replicas: 3, logs: [] }
const raised = { ...topic, partitions: 8 }
/** A group in partition 0 of 4, and in partition 4 of 8. */
const moving = 'd'
type Log = Omit<SeenLog, 'commits'>

const absent = (time: number, group = 'app', kind: SeenGroup['kind'] = 'simple') =>
  aReading(time, { [group]: dead(kind, 'orders-0') })
const with5 = (reading: Reading, group = 'app') =>
  withLog(reading, { [group]: { commits: { 'orders-0': committed(record(5n, at, { logOffset: 10 })) } } })
const simpleAt = (time: number, offset: bigint, group = 'app') =>
  aReading(time, { [group]: simple({ 'orders-0': offset }) })
const later = monday + HOUR

describe('an offset that vanished without a tombstone', () => {
  const reasonAfter = (readings: Reading[]) => rowAfter(readings).gone?.reason
  const goneAt = (time: number, log: Log = {}) => withLog(absent(time), { app: log })

  test.each<[string, Reading[], string]>([
    [
      'before the end of its retention, from a log that was read to its end',
      [first, goneAt(later)],
      'offsets-topic',
    ],
    ['after the end of its retention', [first, goneAt(monday + 7 * DAY)], 'unknown'],
    ['from a log that was not read to its end', [first, goneAt(later, { caughtUp: false })], 'unknown'],
    ['from a log with a gap', [first, goneAt(later, { complete: false })], 'unknown'],
    [
      'so long after the last reading that a tombstone may be gone',
      [first, goneAt(monday + 2 * DAY)],
      'unknown',
    ],
    ['from a log that was not read', [quiet(monday), absent(later)], 'unknown'],
    [
      'after a commit that is uncertain, as in a transaction without an end',
      [
        first,
        withLog(absent(later), {
          app: { commits: { 'orders-0': committed(record(5n, at), { uncertain: true }) } },
        }),
      ],
      'unknown',
    ],
    [
      'after its record was deleted and its partition was loaded',
      [with5(simpleAt(monday, 5n)), goneAt(later, { complete: false, start: 11, reloaded: true })],
      'offsets-topic',
    ],
    [
      'after its partition was loaded while it still had the record',
      [with5(simpleAt(monday, 5n)), goneAt(later, { complete: false, start: 10, reloaded: true })],
      'unknown',
    ],
    [
      'after its record was deleted and its retention was over',
      [with5(simpleAt(monday, 5n)), goneAt(monday + 8 * DAY, { complete: false, start: 11, reloaded: true })],
      'unknown',
    ],
    [
      'with an explicit expiry that has passed',
      [
        withLog(simpleAt(monday, 5n), {
          app: { commits: { 'orders-0': committed(record(5n, at, { expiresAt: monday + 60_000 })) } },
        }),
        goneAt(later),
      ],
      'unknown',
    ],
    [
      'under unlimited retention',
      [
        first,
        {
          ...goneAt(monday + HOUR),
          brokers: [{ broker: 1, retention: null, sweep: 600_000, source: 'broker' }],
        },
      ],
      'offsets-topic',
    ],
    [
      'after __consumer_offsets was recreated, if the log was not read',
      [
        { ...quiet(monday), offsetsTopic: topic },
        { ...quiet(monday + 1, 6n), offsetsTopic: topic },
        { ...absent(later), offsetsTopic: { ...topic, id: 'b' } },
      ],
      'offsets-topic',
    ],
    [
      'after the number of partitions was raised, if the log was not read',
      [simpleAt(monday, 5n, moving), simpleAt(monday + 1, 6n, moving), absent(later, moving)].map(
        reading => ({
          ...reading,
          offsetsTopic: raised,
        }),
      ),
      'offsets-topic',
    ],
    [
      'after that number was raised, in a group whose partition stays the same',
      [simpleAt(monday, 5n, 'a'), simpleAt(monday + 1, 6n, 'a'), absent(later, 'a')].map(reading => ({
        ...reading,
        offsetsTopic: raised,
      })),
      'unknown',
    ],
  ])('%s', (_, readings, reason) => expect(reasonAfter(readings)).toBe(reason))

  test.each<[string, SeenGroup, Log, string]>([
    [
      'a classic group with members',
      classic({ 'orders-0': 5n }, subscribedTo('orders')),
      {},
      'offsets-topic',
    ],
    [
      'an Empty classic group',
      emptyClassic({ 'orders-0': 5n }),
      { group: { emptySince: at } },
      'offsets-topic',
    ],
    [
      'a KIP-848 group with a young commit',
      consumer({ 'orders-0': 5n }, subscribedTo('orders')),
      {},
      'offsets-topic',
    ],
  ])('of %s was lost by __consumer_offsets', (_, group, log, reason) => {
    const seen = withLog(aReading(monday, { app: group }), {
      app: { ...log, commits: { 'orders-0': committed(record(5n, at)) } },
    })
    expect(reasonAfter([seen, withLog(absent(later, 'app', group.kind), { app: {} })])).toBe(reason)
  })

  test('of a KIP-848 group whose commit was older than the retention may have expired', () => {
    const old = monday - 8 * DAY
    const seen = withLog(aReading(monday, { app: consumer({ 'orders-0': 5n }, subscribedTo('orders')) }), {
      app: { commits: { 'orders-0': committed(record(5n, old)) } },
    })
    expect(reasonAfter([seen, withLog(absent(later, 'app', 'consumer'), { app: {} })])).toBe('unknown')
  })
})

describe('an offset that was lost and committed again between two readings', () => {
  const start = with5(simpleAt(monday, 50n))
  const next = (offset: bigint, log: Log) => withLog(simpleAt(later, offset), { app: log })
  const lost = { offset: 50n, reason: 'offsets-topic' }

  test.each<[string, Reading, object | null]>([
    [
      'a lower one, in the group’s new partition after the number was raised',
      next(20n, { isElsewhere: true }),
      { ...lost, resetTo: 20n },
    ],
    [
      'a higher one, in the group’s new partition',
      next(90n, { isElsewhere: true }),
      { ...lost, resetTo: 90n },
    ],
    ['the same one, in the group’s new partition', next(50n, { isElsewhere: true }), null],
    [
      'a lower one, after its record was deleted and its partition was loaded',
      next(20n, { start: 11, reloaded: true }),
      lost,
    ],
    [
      'a higher one, if it may have been committed before the loss',
      next(90n, { start: 11, reloaded: true }),
      null,
    ],
    [
      'a lower one, after its record was deleted but no partition was loaded',
      next(20n, { start: 11 }),
      { reason: 'moved-back' },
    ],
  ])('%s', (_, reading, before) => {
    const row = rowAfter([start, reading])
    if (before === null) expect(row.previousCommit).toBeNull()
    else expect(row.previousCommit).toMatchObject(before)
  })

  test.each<[string, string, string]>([
    ['a group that loses its offsets at the restart', moving, 'unknown'],
    ['a group whose partition stays the same', 'a', 'moved-back'],
  ])('a lower one, after the number was raised, without the log: %s', (_, group, reason) => {
    const readings = [
      simpleAt(monday, 50n, group),
      simpleAt(monday + 1, 51n, group),
      simpleAt(later, 20n, group),
    ]
    const row = rowAfter(readings.map(reading => ({ ...reading, offsetsTopic: raised })))
    expect(row.previousCommit?.reason).toBe(reason)
  })
})
