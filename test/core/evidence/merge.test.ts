import { describe, expect, test } from '@jest/globals'
import type { Commit } from '../../../functions/core/model/commit.ts'
import {
  anotherTopicId,
  aReading,
  classic,
  clockSkew,
  consumer,
  DAY,
  dead,
  emptyClassic,
  emptyConsumer,
  HOUR,
  MINUTE,
  monday,
  rowAfter,
  rowsAfter,
  sevenDays,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'

const retention = 7 * DAY
const keyOf = ({ group, topic, partition }: Commit) => `${group} ${topic}-${partition}`

describe('rules that surprise operators', () => {
  test('1: an Empty group with a protocol type expires as a whole, by when it became Empty, whatever it commits', () => {
    const commits = Array.from({ length: 6 }, (_, day) =>
      aReading(monday + (day + 1) * DAY, { app: emptyClassic({ 'orders-0': BigInt(day), 'orders-1': 5n }) }),
    )
    const rows = rowsAfter([
      aReading(monday, { app: classic({ 'orders-0': 0n, 'orders-1': 5n }, subscribedTo('orders')) }),
      ...commits,
    ])
    expect(rows.map(({ deadline }) => deadline?.earliest)).toEqual([
      monday - clockSkew + retention,
      monday - clockSkew + retention,
    ])
  })

  test('2: a simple group is known to commit the same offset once it outlives its retention', () => {
    const readings = Array.from({ length: 9 }, (_, day) =>
      aReading(monday + day * DAY, { app: simple({ 'orders-0': 5n }) }),
    )
    expect(rowAfter(readings.slice(0, 8)).renewedAt).toBeNull()
    expect(rowAfter(readings).renewedAt).toBe(monday + 8 * DAY + TAKES)
  })

  test('3: a KIP-848 group on a quiet topic is safe while subscribed, and gone with the next sweep after it stops', () => {
    const running = consumer({ 'orders-0': 6n }, subscribedTo('orders'))
    const readings = [
      aReading(monday, { app: consumer({ 'orders-0': 5n }, subscribedTo('orders')) }),
      aReading(monday + HOUR, { app: running }),
      aReading(monday + 20 * DAY, { app: running }),
    ]
    const lastCommit = monday - clockSkew
    expect(rowAfter(readings)).toMatchObject({
      rule: 'consumer-guarded',
      deadline: null,
      ifStopped: { earliest: lastCommit + retention },
    })
    expect(
      rowAfter([
        ...readings,
        aReading(monday + 20 * DAY + MINUTE, { app: emptyConsumer({ 'orders-0': 6n }) }),
      ]),
    ).toMatchObject({
      rule: 'consumer-empty',
      deadline: { earliest: lastCommit + retention },
      ifStopped: null,
    })
  })

  test('4: a busy partition keeps the group, and a quiet one loses its place', () => {
    const rows = rowsAfter([
      aReading(monday, { app: simple({ 'orders-0': 1n, 'orders-1': 5n }) }),
      aReading(monday + HOUR, { app: simple({ 'orders-0': 2n, 'orders-1': 6n }) }),
      aReading(monday + 8 * DAY, { app: simple({ 'orders-0': 3n }, { absent: ['orders-1'] }) }),
    ])
    expect(rows).toMatchObject([
      { partition: 0, gone: null, offset: 3n },
      {
        partition: 1,
        offset: 6n,
        seenAt: monday + HOUR + TAKES,
        gone: {
          reason: 'unknown',
          earliest: monday + HOUR - clockSkew,
          latest: monday + 8 * DAY + TAKES + clockSkew,
        },
      },
    ])
  })

  test.each([
    ['6: a group that is not listed', aReading(monday + HOUR, {})],
    [
      '6: a topic that is not visible',
      aReading(monday + HOUR, { app: simple({}, { unreadable: ['orders-0'] }) }),
    ],
    [
      '6: an offset that is missing and was not asked for by name',
      aReading(monday + HOUR, { app: simple({}) }),
    ],
    [
      '10: a group whose coordinator has an unknown retention',
      aReading(monday + HOUR, { app: simple({ 'orders-0': 9n }) }, { brokers: [] }),
    ],
  ])('%s stays as it was last seen', (_, reading) => {
    const before = aReading(monday, { app: simple({ 'orders-0': 5n }) })
    expect(rowAfter([before, reading])).toEqual(rowAfter([before]))
  })

  test('8: a committed offset keeps the ends of its log', () => {
    const row = rowAfter([
      aReading(
        monday,
        { app: simple({ 'orders-0': 5n }) },
        { topics: { orders: { log: new Map([[0, { start: 20n, end: 30n }]]) } } },
      ),
    ])
    expect(row).toMatchObject({ offset: 5n, logStart: 20n, logEnd: 30n })
  })

  test.each([
    ['deleted', { deleted: true, id: null }],
    ['recreated', { id: anotherTopicId }],
  ])('9: an offset is gone because its topic was %s', (_, topic) => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: dead('simple', 'orders-0') }, { topics: { orders: topic } }),
    ])
    expect(row.gone?.reason).toBe('topic-deleted')
  })

  test('10: the retention of the group’s coordinator counts', () => {
    const rows = rowsAfter([
      aReading(
        monday,
        { a: simple({ 'orders-0': 5n }), b: simple({ 'orders-0': 5n }, { coordinator: 2 }) },
        { brokers: [sevenDays, { ...sevenDays, broker: 2, retention: 14 * DAY }] },
      ),
    ])
    expect(rows.map(({ deadline, seenAt }) => (deadline?.latest ?? 0) - seenAt - clockSkew)).toEqual([
      7 * DAY,
      14 * DAY,
    ])
  })
})

describe('the one clock of an Empty group', () => {
  test('counts for a partition that is seen for the first time, too', () => {
    const rows = rowsAfter([
      aReading(monday, { app: classic({ 'orders-0': 1n }, subscribedTo('orders')) }),
      aReading(monday + HOUR, { app: emptyClassic({ 'orders-0': 1n }) }),
      aReading(monday + 2 * HOUR, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': 7n }) }),
    ])
    expect(rows.map(({ clockStart }) => clockStart?.earliest)).toEqual([
      monday - clockSkew,
      monday - clockSkew,
    ])
  })

  test('was renewed for all partitions if one of them outlives the retention', () => {
    const daily = Array.from({ length: 9 }, (_, day) =>
      aReading(monday + day * DAY, { app: emptyClassic({ 'orders-0': 1n }) }),
    )
    const now = monday + 9 * DAY
    const rows = rowsAfter([
      ...daily,
      aReading(now, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': 7n }) }),
    ])
    expect(rows.map(({ renewedAt }) => renewedAt)).toEqual([now + TAKES, now + TAKES])
    expect(new Set(rows.map(({ clockStart }) => clockStart?.earliest)).size).toBe(1)
  })

  test('is not older because of a partition that could not be read lately', () => {
    const rows = rowsAfter([
      aReading(monday, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': 1n }) }),
      aReading(monday + HOUR, {
        app: classic({ 'orders-1': 1n }, { ...subscribedTo('orders'), unreadable: ['orders-0'] }),
      }),
      aReading(monday + 2 * HOUR, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': 1n }) }),
    ])
    expect(rows.map(({ clockStart }) => clockStart?.earliest)).toEqual([
      monday + HOUR - clockSkew,
      monday + HOUR - clockSkew,
    ])
  })

  test('is not younger because of a partition that was deleted while the group was Empty', () => {
    const rows = rowsAfter([
      aReading(monday, { app: classic({ 'orders-0': 1n, 'orders-1': 1n }, subscribedTo('orders')) }),
      aReading(monday + HOUR, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': 1n }) }),
      aReading(monday + 2 * HOUR, { app: emptyClassic({ 'orders-0': 1n }, { absent: ['orders-1'] }) }),
      aReading(monday + 3 * HOUR, { app: emptyClassic({ 'orders-0': 1n }) }),
    ])
    expect(rows[0]?.clockStart?.earliest).toBe(monday - clockSkew)
  })

  test('is stopped by a pending transaction for its own partition only', () => {
    const rows = rowsAfter([
      aReading(monday, { app: emptyClassic({ 'orders-0': 1n, 'orders-1': { offset: 1n, pending: true } }) }),
    ])
    expect(rows.map(({ rule }) => rule)).toEqual(['classic-empty', 'pending'])
  })
})

describe('rows of offsets that are gone', () => {
  const seen = aReading(monday, { app: simple({ 'orders-0': 5n }) })
  const gone = aReading(monday + HOUR, { app: dead('simple', 'orders-0') })

  test('stay unchanged, whatever is read later', () => {
    const row = rowAfter([seen, gone])
    expect(rowAfter([seen, gone, aReading(monday + DAY, {})])).toEqual(row)
    expect(rowAfter([seen, gone, aReading(monday + DAY, { app: dead('simple', 'orders-0') })])).toEqual(row)
  })

  test('show whether their group runs again', () => {
    const running = aReading(monday + DAY, { app: classic({ 'others-0': 1n }, subscribedTo('orders')) })
    expect(rowsAfter([seen, gone, running])).toMatchObject([
      { topic: 'orders', state: 'Stable', gone: { reason: 'unknown' } },
      { topic: 'others', state: 'Stable', gone: null },
    ])
  })

  test.each([
    ['90 days', 90 * DAY],
    ['24 hours, in an ignored group', DAY],
  ])('are kept for %s', (_, kept) => {
    const rowsAt = (time: number) => rowsAfter([seen, gone, aReading(time, {})], { keepsGone: () => kept })
    const wentAt = monday + HOUR + TAKES + clockSkew
    expect(rowsAt(wentAt + kept - TAKES)).toHaveLength(1)
    expect(rowsAt(wentAt + kept - TAKES + 1)).toHaveLength(0)
  })
})

test('rows are sorted by group, topic and partition, in the order of UTF-16 code units', () => {
  const rows = rowsAfter([
    aReading(monday, { b: simple({ 'x-10': 1n, 'x-9': 1n, 'a-0': 1n }), B: simple({ 'x-0': 1n }) }),
    aReading(monday + HOUR, {
      'ba\u0300': simple({ 'x-0': 1n }),
      é: simple({ 'x-0': 1n }),
      b: simple({ 'x-2': 1n }),
    }),
  ])
  expect(rows.map(keyOf)).toEqual(['B x-0', 'b a-0', 'b x-2', 'b x-9', 'b x-10', 'ba\u0300 x-0', 'é x-0'])
})
