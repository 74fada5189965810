import { describe, expect, test } from '@jest/globals'
import {
  anotherTopicId,
  aReading,
  classic,
  clockSkew,
  consumer,
  DAY,
  dead,
  HOUR,
  monday,
  rowAfter,
  sevenDays,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'

describe('the previous commit', () => {
  const at = (hours: number, offset: bigint) =>
    aReading(monday + hours * HOUR, { app: simple({ 'orders-0': offset }) })
  const goneAt = (hours: number) => aReading(monday + hours * HOUR, { app: dead('simple', 'orders-0') })
  const found = (hours: number) => monday + hours * HOUR + TAKES

  test('does not exist if the group only moves forward', () => {
    expect(rowAfter([at(0, 50n), at(1, 60n)]).previousCommit).toBeNull()
  })

  test('is the offset that was gone, once the group commits again', () => {
    expect(rowAfter([at(0, 50n), goneAt(1), at(2, 10n)]).previousCommit).toEqual({
      offset: 50n,
      topicId: expect.any(String),
      leaderEpoch: null,
      metadata: '',
      seenAt: found(0),
      reason: 'unknown',
      lostBy: found(2) + clockSkew,
      resetTo: 10n,
      foundInState: 'Empty',
    })
  })

  test('stays the same while the group reads on', () => {
    expect(rowAfter([at(0, 50n), goneAt(1), at(2, 10n), at(3, 20n)]).previousCommit).toMatchObject({
      offset: 50n,
      resetTo: 10n,
    })
  })

  test.each([
    ['a commit of unknown age', [at(0, 50n), at(1, 10n)]],
    ['a commit past its deadline', [at(0, 49n), at(1, 50n), at(8 * 24, 10n)]],
    [
      'a KIP-848 group that may have stopped for a moment with old commits',
      [
        aReading(monday, { app: consumer({ 'orders-0': 49n }, subscribedTo('orders')) }),
        aReading(monday + HOUR, { app: consumer({ 'orders-0': 50n }, subscribedTo('orders')) }),
        aReading(monday + 8 * DAY, { app: consumer({ 'orders-0': 10n }, subscribedTo('orders')) }),
      ],
    ],
  ])('counts as lost after a move backwards that may be a reset: %s', (_, readings) => {
    expect(rowAfter(readings).previousCommit).toMatchObject({ offset: 50n, reason: 'unknown', resetTo: 10n })
  })

  test.each([
    ['from 14 days', 14 * DAY],
    ['from unlimited', null],
  ])('counts as lost if a move backwards comes with a retention lowered %s', (_, before) => {
    const long = { brokers: [{ ...sevenDays, retention: before }] }
    const offsets = [49n, 50n, 50n]
    const readings = offsets.map((offset, i) =>
      aReading(monday + (i < 2 ? i * HOUR : 8 * DAY), { app: simple({ 'orders-0': offset }) }, long),
    )
    expect(rowAfter([...readings, at(8 * 24 + 1, 10n)]).previousCommit).toMatchObject({
      offset: 50n,
      reason: 'unknown',
    })
  })

  test.each([
    ['a commit far from its deadline', [at(0, 49n), at(1, 50n), at(2, 10n)]],
    [
      'a running classic group',
      [0n, 50n, 10n].map((offset, i) =>
        aReading(monday + i * HOUR, { app: classic({ 'orders-0': offset }, subscribedTo('orders')) }),
      ),
    ],
    [
      'unlimited retention',
      [50n, 10n].map((offset, i) =>
        aReading(
          monday + i * 100 * DAY,
          { app: simple({ 'orders-0': offset }) },
          { brokers: [{ ...sevenDays, retention: null }] },
        ),
      ),
    ],
  ])('counts as moved back by a person: %s', (_, readings) => {
    expect(rowAfter(readings).previousCommit).toMatchObject({ offset: 50n, reason: 'moved-back' })
  })

  test('stays lost when a restore moves the offset back', () => {
    expect(rowAfter([at(0, 50n), goneAt(1), at(2, 90n), at(3, 50n)]).previousCommit).toMatchObject({
      offset: 50n,
      reason: 'unknown',
      resetTo: 50n,
    })
  })

  test('is a second loss if the offset moves back after another deadline has passed', () => {
    expect(rowAfter([at(0, 50n), goneAt(1), at(2, 90n), at(2 + 8 * 24, 50n)]).previousCommit).toMatchObject({
      offset: 90n,
      reason: 'unknown',
      lostBy: found(2 + 8 * 24) + clockSkew,
    })
  })

  test('is replaced by a second loss', () => {
    expect(rowAfter([at(0, 50n), goneAt(1), at(2, 10n), goneAt(3), at(4, 11n)]).previousCommit).toMatchObject(
      {
        offset: 10n,
        resetTo: 11n,
      },
    )
  })

  test('of a move back is replaced by a loss or by another move back', () => {
    const moved = [at(0, 49n), at(1, 50n), at(2, 10n)]
    expect(rowAfter([...moved, goneAt(3), at(4, 5n)]).previousCommit).toMatchObject({
      offset: 10n,
      reason: 'unknown',
    })
    expect(rowAfter([...moved, at(3, 5n)]).previousCommit).toMatchObject({
      offset: 10n,
      reason: 'moved-back',
    })
  })

  test('is not compared with offsets of another topic of the same name, even after a loss', () => {
    const recreated = aReading(
      monday + 2 * HOUR,
      { app: simple({ 'orders-0': 1n }) },
      { topics: { orders: { id: anotherTopicId } } },
    )
    expect(rowAfter([at(0, 50n), goneAt(1), recreated]).previousCommit).toMatchObject({
      reason: 'topic-deleted',
    })
  })

  test('is kept for 90 days after the reset was found', () => {
    const reset = [at(0, 50n), goneAt(1), at(80 * 24, 10n)]
    expect(rowAfter([...reset, at(169 * 24, 11n)]).previousCommit).toMatchObject({ offset: 50n })
    expect(rowAfter([...reset, at(171 * 24, 11n)]).previousCommit).toBeNull()
  })
})
