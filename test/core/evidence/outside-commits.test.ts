import { describe, expect, test } from '@jest/globals'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { PlannedOffset } from '../../../functions/core/model/planned-offset.ts'
import { assessGroup } from '../../../functions/core/policy.ts'
import type { Reading } from '../../../functions/core/reading.ts'
import { context } from '../../builders/commits.ts'
import {
  aReading,
  classic,
  DAY,
  dead,
  emptyClassic,
  HOUR,
  MINUTE,
  monday,
  rowsAfter,
  SECOND,
  type SeenGroup,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'
import { committed, record, withLog } from './logs.ts'

// A classic group that is Empty counts as in use while somebody outside the group keeps committing its offsets.

const interval = 15 * MINUTE
const time = (reading: number) => monday + reading * interval
const endOf = (reading: number) => time(reading) + TAKES

const running = (reading: number, offset: bigint) =>
  aReading(time(reading), { app: classic({ 'orders-0': offset }, subscribedTo('orders')) })
const empty = (reading: number, ...offsets: bigint[]) => emptyAt(time(reading), ...offsets)
const emptyAt = (at: number, ...offsets: bigint[]) =>
  aReading(at, { app: emptyClassic(Object.fromEntries(offsets.map((each, i) => [`orders-${i}`, each]))) })

const seenIn = (readings: readonly Reading[], restored: readonly PlannedOffset[] = []) =>
  rowsAfter(readings, { restored }).map(({ outsideCommits }) => outsideCommits)
const isInUse = (rows: Commit[]) => assessGroup(rows, { ...context, interval }).some(isLost)
const isLost = ({ case: policyCase }: ReturnType<typeof assessGroup>[number]) => policyCase === 'loss'

/** The group loses its offsets a week later. The policy tells a group in use from a stopped one. */
const lostAfter = (readings: readonly Reading[], restored: readonly PlannedOffset[] = []) =>
  rowsAfter([...readings, aReading(monday + 8 * DAY, { app: dead('classic', 'orders-0', 'orders-1') })], {
    restored,
  })

const restore = (offset: bigint, startedAt: number): PlannedOffset => ({
  group: 'app',
  topic: 'orders',
  partition: 0,
  offset,
  startedAt,
})

describe('in observed mode', () => {
  test.each<[string, Reading[], boolean]>([
    [
      'that stopped and stays unchanged is not in use',
      [running(0, 5n), empty(1, 6n), empty(2, 6n), empty(3, 6n)],
      false,
    ],
    [
      'whose offsets are set once is not in use',
      [running(0, 5n), empty(1, 6n), empty(2, 9n), empty(3, 9n)],
      false,
    ],
    [
      'whose offsets are set twice within one interval is not in use',
      [running(0, 5n), empty(1, 6n), emptyAt(time(2), 9n), emptyAt(time(2) + MINUTE, 8n)],
      false,
    ],
    ['that keeps committing is in use', [running(0, 5n), empty(1, 6n), empty(2, 7n), empty(3, 8n)], true],
    [
      'that was never seen with members and commits once is not in use',
      [empty(0, 5n), empty(1, 6n), empty(2, 6n)],
      false,
    ],
    [
      'that was never seen with members and keeps committing is in use',
      [empty(0, 5n), empty(1, 6n), empty(2, 7n)],
      true,
    ],
    [
      'that commits one partition after the other is in use',
      [running(0, 5n), empty(1, 5n, 5n), empty(2, 6n, 5n), empty(3, 6n, 6n)],
      true,
    ],
    [
      'that commits once in each of two stops is not in use',
      [running(0, 5n), empty(1, 6n), empty(2, 7n), running(3, 8n), empty(4, 9n), empty(5, 10n)],
      false,
    ],
  ])('a group %s', (_, readings, inUse) => expect(isInUse(lostAfter(readings))).toBe(inUse))

  test('a commit from outside has the time of the reading that saw it', () => {
    expect(seenIn([running(0, 5n), empty(1, 6n)])).toEqual([null])
    expect(seenIn([running(0, 5n), empty(1, 6n), empty(2, 7n)])).toEqual([
      { first: endOf(2), last: endOf(2) },
    ])
    expect(seenIn([running(0, 5n), empty(1, 6n), empty(2, 7n), empty(3, 8n)])).toEqual([
      { first: endOf(2), last: endOf(3) },
    ])
  })
})

describe('in exact mode', () => {
  const stoppedAt = time(0) + MINUTE
  const logged = (reading: Reading, offset: bigint, at: number, emptySince = stoppedAt) =>
    withLog(reading, {
      app: { group: { emptySince }, commits: { 'orders-0': committed(record(offset, at)) } },
    })
  const before = logged(empty(1, 6n), 6n, stoppedAt - SECOND)

  test.each<[string, Reading[], boolean]>([
    [
      'whose last commit came before it stopped is not in use',
      [before, withLog(empty(2, 6n), { app: {} })],
      false,
    ],
    [
      'that was committed once before it was first seen is not in use',
      [logged(empty(1, 6n), 6n, time(1))],
      false,
    ],
    [
      'that commits the same offset on a timer is in use',
      [before, logged(empty(2, 6n), 6n, time(1) + MINUTE), logged(empty(3, 6n), 6n, time(2) + MINUTE)],
      true,
    ],
    [
      'whose offsets are set at once, partly before and partly after a reading, is not in use',
      [before, logged(empty(2, 7n), 7n, time(2) - SECOND), logged(empty(3, 8n), 8n, time(2) + SECOND)],
      false,
    ],
    [
      'whose members came back unseen between two commits is not in use',
      [
        before,
        logged(empty(2, 7n), 7n, time(2) - SECOND),
        logged(empty(3, 8n), 8n, time(3) - SECOND, time(2) + MINUTE),
      ],
      false,
    ],
  ])('a group %s', (_, readings, inUse) => expect(isInUse(lostAfter(readings))).toBe(inUse))
})

describe('a restore of this tool', () => {
  const stop = [running(0, 5n), empty(1, 6n)]

  test.each<[string, Reading[], PlannedOffset[], seen: boolean]>([
    ['is no commit from outside', [empty(2, 2n)], [restore(2n, time(1) + MINUTE)], false],
    [
      'is no commit from outside, even if the clock of the terminal is ahead',
      [empty(2, 2n)],
      [restore(2n, time(2) + MINUTE)],
      false,
    ],
    ['does not excuse another offset', [empty(2, 3n)], [restore(2n, time(1) + MINUTE)], true],
    ['does not excuse a much later commit', [empty(40, 6n), empty(41, 2n)], [restore(2n, time(2))], true],
    ['does not excuse an earlier commit', [empty(2, 2n)], [restore(2n, time(3))], true],
    [
      'does not excuse another group',
      [empty(2, 2n)],
      [{ ...restore(2n, time(1) + MINUTE), group: 'another' }],
      true,
    ],
  ])('%s', (_, later, restored, seen) => {
    const [outside] = seenIn([...stop, ...later], restored)
    expect(outside !== null).toBe(seen)
  })

  test('leaves the group stopped, even if it is done twice, days apart', () => {
    const readings = [...stop, empty(2, 2n), empty(200, 2n), empty(201, 4n)]
    const restored = [restore(2n, time(1) + MINUTE), restore(4n, time(200) + MINUTE)]
    expect(isInUse(lostAfter(readings, restored))).toBe(false)
    expect(isInUse(lostAfter(readings))).toBe(true)
  })
})

test('only a classic group without members has commits from outside', () => {
  const groups: SeenGroup[] = [simple({ 'orders-0': 5n }), classic({ 'orders-0': 5n })]
  const later: SeenGroup[] = [simple({ 'orders-0': 6n }), classic({ 'orders-0': 6n })]
  const readings = [groups, later].map((each, i) =>
    aReading(monday + i * HOUR, Object.fromEntries(each.map(group => [group.kind, group]))),
  )
  expect(seenIn(readings)).toEqual([null, null])
})
