import { describe, expect, test } from '@jest/globals'
import {
  anotherTopicId,
  aReading,
  clockSkew,
  consumer,
  DAY,
  dead,
  HOUR,
  monday,
  rowAfter,
  type SeenOffset,
  sevenDays,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'

const retention = 7 * DAY

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

  test('is dated the same way under the guard of a subscription, even if the open transaction is no guard', () => {
    const running = { ...subscribedTo('orders'), pendingGuards: false }
    const readings = [5n, open, 6n].map((offset, hour) =>
      aReading(monday + hour * HOUR, { app: consumer({ 'orders-0': offset }, running) }),
    )
    expect(rowAfter(readings).ifStopped?.earliest).toBe(monday - clockSkew + retention)
  })
})
