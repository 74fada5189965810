import { describe, expect, test } from '@jest/globals'
import type { BrokerRetention } from '../../../functions/core/model/commit.ts'
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
  SECOND,
  type SeenOffset,
  sevenDays,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'

const retention = 7 * DAY
const longestLife = retention + 20 * MINUTE + clockSkew

describe('evidence from comparing readings', () => {
  test('has only an upper bound at first sight: the end of the reading', () => {
    expect(rowAfter([aReading(monday, { app: simple({ 'orders-0': 5n }) })])).toMatchObject({
      evidence: 'unknown',
      clockStart: { earliest: null, latest: monday + TAKES + clockSkew },
      deadline: { earliest: null, latest: monday + TAKES + clockSkew + retention },
      firstSeenAt: monday + TAKES,
      valueSeenAt: monday + TAKES,
      seenFrom: monday,
      seenAt: monday + TAKES,
    })
  })

  test.each([
    ['offset', { offset: 6n }],
    ['metadata', { offset: 5n, metadata: 'host-2' }],
    ['leader epoch', { offset: 5n, leaderEpoch: 8 }],
  ])('shows that the changed %s was committed after the earlier reading began', (_, then) => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': { offset: 5n, metadata: 'host-1', leaderEpoch: 7 } }) }),
      aReading(monday + HOUR, {
        app: simple({ 'orders-0': { metadata: 'host-1', leaderEpoch: 7, ...then } }),
      }),
    ])
    expect(row).toMatchObject({
      evidence: 'observed',
      clockStart: { earliest: monday - clockSkew, latest: monday + HOUR + TAKES + clockSkew },
      valueSeenAt: monday + HOUR + TAKES,
      firstSeenAt: monday + TAKES,
    })
  })

  test('keeps the lower bound of an unchanged commit; the upper one is always the newest reading', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: simple({ 'orders-0': 6n }) }),
      aReading(monday + 3 * HOUR, { app: simple({ 'orders-0': 6n }) }),
    ])
    expect(row.clockStart).toEqual({
      earliest: monday - clockSkew,
      latest: monday + 3 * HOUR + TAKES + clockSkew,
    })
    expect(row.valueSeenAt).toBe(monday + HOUR + TAKES)
  })

  test('ignores a change of metadata that is not kept', () => {
    const readings = [
      aReading(monday, { app: simple({ 'orders-0': { offset: 5n, metadata: 'a' } }) }),
      aReading(monday + HOUR, { app: simple({ 'orders-0': { offset: 5n, metadata: 'b' } }) }),
    ]
    expect(rowAfter(readings, { keepsMetadata: () => false })).toMatchObject({
      metadata: null,
      evidence: 'unknown',
    })
  })

  test('is not narrowed by a reading that missed the group', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, {}),
      aReading(monday + 2 * HOUR, { app: simple({ 'orders-0': 6n }) }),
    ])
    expect(row.clockStart?.earliest).toBe(monday - clockSkew)
  })

  test('dates a new commit after the beginning of the reading that found the offset gone', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: dead('simple', 'orders-0') }),
      aReading(monday + 30 * DAY, {}),
      aReading(monday + 31 * DAY, { app: simple({ 'orders-0': 5n }) }),
    ])
    expect(row.clockStart?.earliest).toBe(monday + HOUR - clockSkew)
  })

  test('is unknown again for another topic of the same name', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: simple({ 'orders-0': 6n }) }),
      aReading(
        monday + 2 * HOUR,
        { app: simple({ 'orders-0': 6n }) },
        { topics: { orders: { id: anotherTopicId } } },
      ),
    ])
    expect(row).toMatchObject({
      topicId: anotherTopicId,
      evidence: 'unknown',
      previousCommit: { offset: 6n, reason: 'topic-deleted' },
    })
  })

  test('gives no deadline under unlimited retention', () => {
    const unlimited = { brokers: [{ ...sevenDays, retention: null }] }
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }, unlimited),
      aReading(monday + 400 * DAY, { app: simple({ 'orders-0': 5n }) }, unlimited),
    ])
    expect(row).toMatchObject({ deadline: null, ifStopped: null, renewedAt: null, evidence: 'unknown' })
  })
})

describe('a transactional commit', () => {
  const open = { offset: 5n, pending: true }
  const boundAfter = (...offsets: SeenOffset[]) =>
    rowAfter(
      offsets.map((offset, hour) => aReading(monday + hour * HOUR, { app: simple({ 'orders-0': offset }) })),
    ).committed.earliest

  test.each<[name: string, offsets: SeenOffset[], hour: number | null]>([
    ['was made after the last reading without it, not at the end of the transaction', [5n, open, 6n], 0],
    ['was made then, even if several readings saw it pending', [5n, open, open, open, 6n], 0],
    [
      'was made then, even if the next transaction is pending already',
      [5n, open, { offset: 6n, pending: true }],
      0,
    ],
    [
      'of the next transaction was made after the value had changed',
      [5n, open, { offset: 6n, pending: true }, 7n],
      1,
    ],
    ['was not made if the transaction was aborted', [4n, 5n, open, 5n], 0],
    ['may be of any age if it was pending at first sight', [open, 6n], null],
  ])('%s', (_, offsets, hour) => {
    expect(boundAfter(...offsets)).toBe(hour === null ? null : monday + hour * HOUR - clockSkew)
  })

  test('is dated the same way under the guard of a subscription, even if it is no guard itself', () => {
    const running = { ...subscribedTo('orders'), pendingGuards: false }
    const readings = [5n, open, 6n].map((offset, hour) =>
      aReading(monday + hour * HOUR, { app: consumer({ 'orders-0': offset }, running) }),
    )
    expect(rowAfter(readings).ifStopped?.earliest).toBe(monday - clockSkew + retention)
  })
})

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
    ['a reading that missed it', aReading(monday + 2 * DAY + HOUR, {})],
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
