import { describe, expect, test } from '@jest/globals'
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
  test('at first sight nothing is known of the age but that it is not younger than the reading', () => {
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
  ])('a change of %s was committed after the earlier reading began', (_, then) => {
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

  test('what stays the same keeps its lower bound; the upper one is always the newest reading', () => {
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

  test('metadata that is not kept is no change', () => {
    const readings = [
      aReading(monday, { app: simple({ 'orders-0': { offset: 5n, metadata: 'a' } }) }),
      aReading(monday + HOUR, { app: simple({ 'orders-0': { offset: 5n, metadata: 'b' } }) }),
    ]
    expect(rowAfter(readings, { keepsMetadata: () => false })).toMatchObject({
      metadata: null,
      evidence: 'unknown',
    })
  })

  test('a reading that missed it does not narrow the bounds', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, {}),
      aReading(monday + 2 * HOUR, { app: simple({ 'orders-0': 6n }) }),
    ])
    expect(row.clockStart?.earliest).toBe(monday - clockSkew)
  })

  test('what was gone was committed after the reading began that found it gone', () => {
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }),
      aReading(monday + HOUR, { app: dead('simple', 'orders-0') }),
      aReading(monday + 30 * DAY, {}),
      aReading(monday + 31 * DAY, { app: simple({ 'orders-0': 5n }) }),
    ])
    expect(row.clockStart?.earliest).toBe(monday + HOUR - clockSkew)
  })

  test('retention of another topic of the same name is unknown again', () => {
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

  test('unlimited retention has no deadline', () => {
    const unlimited = { brokers: [{ ...sevenDays, retention: null }] }
    const row = rowAfter([
      aReading(monday, { app: simple({ 'orders-0': 5n }) }, unlimited),
      aReading(monday + 400 * DAY, { app: simple({ 'orders-0': 5n }) }, unlimited),
    ])
    expect(row).toMatchObject({ deadline: null, ifStopped: null, renewedAt: null, evidence: 'unknown' })
  })
})

describe('a transactional commit keeps the time at which it was made, not that of the transaction’s end', () => {
  const open = { offset: 5n, pending: true }
  const boundAfter = (...offsets: SeenOffset[]) =>
    rowAfter(
      offsets.map((offset, hour) => aReading(monday + hour * HOUR, { app: simple({ 'orders-0': offset }) })),
    ).committed.earliest

  test.each<[name: string, offsets: SeenOffset[], hour: number | null]>([
    ['it was made after the last reading without it', [5n, open, 6n], 0],
    ['also where several readings saw it pending', [5n, open, open, open, 6n], 0],
    ['also where the next transaction is pending by then', [5n, open, { offset: 6n, pending: true }], 0],
    ['the next one was made after the value had changed', [5n, open, { offset: 6n, pending: true }, 7n], 1],
    ['one that was aborted is no commit', [4n, 5n, open, 5n], 0],
    ['one that was pending at first sight may be of any age', [open, 6n], null],
  ])('%s', (_, offsets, hour) => {
    expect(boundAfter(...offsets)).toBe(hour === null ? null : monday + hour * HOUR - clockSkew)
  })

  test('also under the guard of a subscription, and at a coordinator where it guards nothing itself', () => {
    const running = { ...subscribedTo('orders'), pendingGuards: false }
    const readings = [5n, open, 6n].map((offset, hour) =>
      aReading(monday + hour * HOUR, { app: consumer({ 'orders-0': offset }, running) }),
    )
    expect(rowAfter(readings).ifStopped?.earliest).toBe(monday - clockSkew + retention)
  })
})

describe('an offset that outlives its retention was committed again', () => {
  const first = monday
  const last = first + TAKES + longestLife
  const daily = Array.from({ length: 7 }, (_, day) => monday + (day + 1) * DAY)
  const readings = (times: number[], group = simple({ 'orders-0': 5n })) =>
    times.map(time => aReading(time, { app: group }))

  test('only when it outlives end of reading + retention + 2 sweeps + skew', () => {
    const row = rowAfter(readings([first, ...daily, last]))
    expect(row).toMatchObject({ evidence: 'unknown', renewedAt: null })
  })

  test('then the lower bound moves up to now − retention − 2 sweeps − skew', () => {
    const now = last + 1
    expect(rowAfter(readings([first, ...daily, now]))).toMatchObject({
      evidence: 'observed',
      clockStart: { earliest: now - longestLife },
      renewedAt: now + TAKES,
    })
  })

  test('it goes on with each reading, and stays proven over one that missed it', () => {
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

  test('a change is what is known then, and no longer a renewal', () => {
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
  ])('not after %s: the count begins anew', (_, interruption) => {
    const before = readings([first, ...daily.slice(0, 2)])
    const after = readings([...daily.slice(2), last + 1])
    expect(rowAfter([...before, interruption, ...after]).renewedAt).toBeNull()
  })

  test('not while a guard holds', () => {
    const running = consumer({ 'orders-0': 5n }, subscribedTo('orders'))
    const row = rowAfter(readings([first, ...daily, last + 1], running))
    expect(row).toMatchObject({ rule: 'consumer-guarded', renewedAt: null, runningFrom: null })
  })

  test('a KIP-848 group that has stopped counts from when it was first seen to have stopped', () => {
    const running = consumer({ 'orders-0': 5n }, subscribedTo('orders'))
    const stopped = emptyConsumer({ 'orders-0': 5n })
    const row = rowAfter([...readings([first, ...daily], running), ...readings([last + 1], stopped)])
    expect(row).toMatchObject({ rule: 'consumer-empty', renewedAt: null })
  })
})

describe('the one clock of a classic group that is Empty', () => {
  test('is unknown where no reading has seen it otherwise, whatever it commits', () => {
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
    ['of the new protocol', emptyConsumer({ 'orders-0': 5n })],
  ])('does not start before the start of the last reading that saw it %s', (_, before) => {
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

  test('was renewed by a rejoin that no reading saw, when the group outlives it', () => {
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
