import { describe, expect, test } from '@jest/globals'
import type { BrokerRetention } from '../../../functions/core/model/commit.ts'
import {
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
  SECOND,
  sevenDays,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'

const longestLife = 7 * DAY + 20 * MINUTE + clockSkew

describe('an offset that outlives its retention', () => {
  const first = monday
  const last = first + TAKES + longestLife
  const daily = Array.from({ length: 7 }, (_, day) => monday + (day + 1) * DAY)
  const readings = (times: number[], group = simple({ 'orders-0': 5n })) =>
    times.map(time => aReading(time, { app: group }))

  test('was committed again only if it outlives end of reading + retention + 2 sweeps + skew', () => {
    const row = rowAfter(readings([first, ...daily, last]))
    expect(row).toMatchObject({ evidence: 'unknown', renewedAt: null })
  })

  test('has the lower bound now − retention − 2 sweeps − skew from then on', () => {
    const now = last + 1
    expect(rowAfter(readings([first, ...daily, now]))).toMatchObject({
      evidence: 'observed',
      clockStart: { earliest: now - longestLife },
      renewedAt: now + TAKES,
    })
  })

  test('moves its lower bound with each reading, and stays proven over a reading that missed it', () => {
    const later = last + HOUR
    const missed = [
      ...readings([first, ...daily, last + 1]),
      aReading(last + 15 * MINUTE, {}),
      ...readings([later]),
    ]
    expect(rowAfter(readings([first, ...daily, last + 1, later]))).toMatchObject({
      clockStart: { earliest: later - longestLife },
      renewedAt: later + TAKES,
    })
    expect(rowAfter(missed)).toMatchObject({
      clockStart: { earliest: last + 1 - longestLife },
      renewedAt: last + 1 + TAKES,
    })
  })

  test('counts as changed and no longer as renewed after a change', () => {
    const row = rowAfter([
      ...readings([first, ...daily, last + 1]),
      ...readings([last + HOUR], simple({ 'orders-0': 6n })),
    ])
    expect(row).toMatchObject({ clockStart: { earliest: last + 1 - clockSkew }, renewedAt: null })
  })

  test.each([
    ['a reading that missed the offset', aReading(monday + 2 * DAY + HOUR, {})],
    [
      'a pending transaction',
      aReading(monday + 2 * DAY + HOUR, { app: simple({ 'orders-0': { offset: 5n, pending: true } }) }),
    ],
    [
      'a move of its coordinator',
      aReading(
        monday + 2 * DAY + HOUR,
        { app: simple({ 'orders-0': 5n }, { coordinator: 2 }) },
        { brokers: [sevenDays, { ...sevenDays, broker: 2 }] },
      ),
    ],
    [
      'another retention',
      aReading(
        monday + 2 * DAY + HOUR,
        { app: simple({ 'orders-0': 5n }) },
        { brokers: [{ ...sevenDays, retention: 14 * DAY }] },
      ),
    ],
  ])('starts its count again after %s', (_, interruption) => {
    const before = readings([first, ...daily.slice(0, 2)])
    const after = readings([...daily.slice(2), last + 1])
    expect(rowAfter([...before, interruption, ...after]).renewedAt).toBeNull()
  })

  test.each<[BrokerRetention['source'], boolean]>([
    ['broker', true],
    ['settings', true],
    ['default', false],
    ['unknown', false],
  ])('by a retention from source %s: proven to be committed again: %s', (source, isProven) => {
    const brokers = [{ ...sevenDays, source }]
    const groups = [simple({ 'orders-0': 5n }), emptyClassic({ 'orders-0': 5n })]
    const rows = groups.map(app =>
      rowAfter([first, ...daily, last + 1].map(time => aReading(time, { app }, { brokers }))),
    )
    expect(rows.map(({ renewedAt }) => renewedAt !== null)).toEqual([isProven, isProven])
  })

  test('is not proven to be committed again just after the retention was lowered', () => {
    const brokers = [{ ...sevenDays, retention: 14 * DAY }]
    const app = simple({ 'orders-0': 5n })
    const before = [first, ...daily, last].map(time => aReading(time, { app }, { brokers }))
    const row = rowAfter([...before, ...readings([last + HOUR])])
    expect(row).toMatchObject({ evidence: 'unknown', renewedAt: null })
  })

  test('is not proven to be committed again while a guard holds', () => {
    const running = consumer({ 'orders-0': 5n }, subscribedTo('orders'))
    const row = rowAfter(readings([first, ...daily, last + 1], running))
    expect(row).toMatchObject({ rule: 'consumer-guarded', renewedAt: null, runningFrom: null })
  })

  test('of a KIP-848 group counts from the reading that first saw the group stopped', () => {
    const running = consumer({ 'orders-0': 5n }, subscribedTo('orders'))
    const stopped = emptyConsumer({ 'orders-0': 5n })
    const row = rowAfter([...readings([first, ...daily], running), ...readings([last + 1], stopped)])
    expect(row).toMatchObject({ rule: 'consumer-empty', renewedAt: null })
  })
})

describe('the one clock of an Empty classic group', () => {
  test('is unknown if every reading saw the group Empty, whatever it commits', () => {
    const row = rowAfter([
      aReading(monday, { app: emptyClassic({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: emptyClassic({ 'orders-0': 6n }) }),
    ])
    expect(row).toMatchObject({ rule: 'classic-empty', evidence: 'unknown', deadline: { earliest: null } })
    expect(row.committed.earliest).toBe(monday - clockSkew)
  })

  test.each([
    ['running', classic({ 'orders-0': 5n }, subscribedTo('orders'))],
    ['rebalancing', classic({ 'orders-0': 5n }, { state: 'PreparingRebalance' })],
    ['simple', simple({ 'orders-0': 5n })],
    ['as a KIP-848 group', emptyConsumer({ 'orders-0': 5n })],
  ])('does not start before the start of the last reading that saw the group %s', (_, before) => {
    const row = rowAfter([
      aReading(monday, { app: before }),
      aReading(monday + HOUR, { app: emptyClassic({ 'orders-0': 5n }) }),
      aReading(monday + 2 * HOUR, { app: emptyClassic({ 'orders-0': 6n }) }),
    ])
    expect(row.clockStart).toEqual({
      earliest: monday - clockSkew,
      latest: monday + 2 * HOUR + TAKES + clockSkew,
    })
  })

  test('was renewed by a rejoin that no reading saw, if the group outlives it', () => {
    const times = [0, 2, 4, 6].map(day => monday + day * DAY)
    const now = monday + TAKES + longestLife + SECOND
    const row = rowAfter(
      [...times, now].map((time, i) => aReading(time, { app: emptyClassic({ 'orders-0': BigInt(i) }) })),
    )
    expect(row).toMatchObject({ clockStart: { earliest: now - longestLife }, renewedAt: now + TAKES })
  })

  test('does not start before the reading that found the whole group gone', () => {
    const row = rowAfter([
      aReading(monday, { app: emptyClassic({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: dead('classic', 'orders-0') }),
      aReading(monday + 2 * HOUR, { app: emptyClassic({ 'orders-0': 5n }) }),
    ])
    expect(row.clockStart?.earliest).toBe(monday + HOUR - clockSkew)
  })
})
