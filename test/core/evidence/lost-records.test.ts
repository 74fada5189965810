import { expect, test } from '@jest/globals'
import { type LostBefore, lostRecords } from '../../../functions/core/evidence/lost-records.ts'
import { aReading, DAY, HOUR, monday, rowAfter, rowsAfter, simple, TAKES } from '../readings.ts'

const lost = (atMost: bigint, upTo: bigint, lastAt = monday - HOUR) => ({ atMost, upTo, lastAt })
const before = (
  logStart: bigint | null,
  known: LostBefore['lostRecords'] = null,
  logEnd = 500n,
): LostBefore => ({
  logStart,
  logEnd,
  lostRecords: known,
})

test.each<[string, LostBefore | undefined, bigint, object | null]>([
  ['a group that is seen for the first time: nothing is known', undefined, 5n, null],
  ['an offset in the log: nothing is lost', before(0n), 5n, null],
  ['an offset at the log start: nothing is lost', before(5n), 5n, null],
  ['a log that was not read: nothing is known', before(null), 5n, null],
  ['a negative offset is not a position', before(50n), -2n, null],
  ['an offset below the log start', before(50n), 5n, lost(45n, 50n, monday)],
  ['few offsets before the end of an empty log, which may be markers', before(50n, null, 50n), 40n, null],
  ['few offsets of a log that has more records', before(50n), 40n, lost(10n, 50n, monday)],
  ['more than few offsets of an empty log', before(50n, null, 50n), 39n, lost(11n, 50n, monday)],
  ['the same loss, which is counted once', before(50n, lost(45n, 50n)), 5n, lost(45n, 50n)],
  ['a log start that has moved on', before(60n, lost(45n, 50n)), 5n, lost(55n, 60n, monday)],
  [
    'a group that has read on, still below the log start',
    before(60n, lost(45n, 50n)),
    20n,
    lost(55n, 60n, monday),
  ],
  [
    'a group that has read on, and loses records again',
    before(90n, lost(45n, 50n)),
    70n,
    lost(65n, 90n, monday),
  ],
  ['a group that reads again: the total stays for a while', before(50n, lost(45n, 50n)), 50n, lost(45n, 50n)],
  ['a log that was not read in between', before(null, lost(45n, 50n)), 5n, lost(45n, 50n)],
  ['a loss of more than a week ago is over', before(50n, lost(45n, 50n, monday - 8 * DAY)), 50n, null],
  [
    'a loss of more than a week ago is not over while the group stands still',
    before(50n, lost(45n, 50n, monday - 8 * DAY)),
    5n,
    lost(45n, 50n, monday - 8 * DAY),
  ],
])('%s', (_, known, offset, expected) => {
  expect(lostRecords(known, { offset, logStart: null }, monday)).toEqual(expected)
})

test.each([
  ['as before', 50n, lost(45n, 50n, monday)],
  ['that has moved on', 60n, lost(45n, 50n, monday)],
  ['that has moved back, as in a recreated topic', 0n, null],
])('an offset below the last log start, with a log start %s', (_, logStart, expected) => {
  expect(lostRecords(before(50n), { offset: 5n, logStart }, monday)).toEqual(expected)
})

const logFrom = (start: bigint) => ({ topics: { orders: { log: new Map([[0, { start, end: 500n }]]) } } })
const at = (hours: number, offset: bigint, start: bigint) =>
  aReading(monday + hours * HOUR, { app: simple({ 'orders-0': offset }) }, logFrom(start))

test('a log start that moves past an offset is a loss in the next snapshot', () => {
  const readings = [at(0, 50n, 0n), at(1, 50n, 80n), at(2, 50n, 80n), at(3, 50n, 90n), at(4, 50n, 90n)]
  const totals = readings.map((_, i) => rowAfter(readings.slice(0, i + 1)).lostRecords)
  const found = (hours: number) => monday + hours * HOUR + TAKES
  expect(totals).toEqual([
    null,
    null,
    lost(30n, 80n, found(2)),
    lost(30n, 80n, found(2)),
    lost(40n, 90n, found(4)),
  ])
})

test('records that Kafka Streams purges behind its commits are no loss, even during a reading', () => {
  // The offset is fetched, then the group commits and purges, then the log start is read.
  const readings = [at(0, 50n, 60n), at(1, 70n, 80n), at(2, 80n, 95n), at(3, 95n, 95n)]
  for (const row of readings.map((_, i) => rowAfter(readings.slice(0, i + 1))))
    expect(row.lostRecords).toBeNull()
})

test('a recreated topic of the same name has lost no records', () => {
  const again = at(1, 5n, 0n)
  const recreated = new Map([...again.topics].map(([name, topic]) => [name, { ...topic, id: 'another' }]))
  const [row] = rowsAfter([at(0, 50n, 80n), { ...again, topics: recreated }])
  expect(row).toMatchObject({ offset: 5n, lostRecords: null })
})
