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
  ['at the first sight of a group nothing is known', undefined, 5n, null],
  ['in the log nothing is lost', before(0n), 5n, null],
  ['at the log start nothing is lost', before(5n), 5n, null],
  ['where the log was not read, nothing is known', before(null), 5n, null],
  ['a negative offset is no position', before(50n), -2n, null],
  ['below the log start', before(50n), 5n, lost(45n, 50n, monday)],
  ['few offsets before the end of an empty log may be markers', before(50n, null, 50n), 40n, null],
  ['few offsets of a log that goes on', before(50n), 40n, lost(10n, 50n, monday)],
  ['more than few offsets of an empty log', before(50n, null, 50n), 39n, lost(11n, 50n, monday)],
  ['the same loss is counted once', before(50n, lost(45n, 50n)), 5n, lost(45n, 50n)],
  ['the log start goes on', before(60n, lost(45n, 50n)), 5n, lost(55n, 60n, monday)],
  ['the group goes on below it', before(60n, lost(45n, 50n)), 20n, lost(55n, 60n, monday)],
  ['it has read on, and loses again', before(90n, lost(45n, 50n)), 70n, lost(65n, 90n, monday)],
  ['it reads again: the total stays for a while', before(50n, lost(45n, 50n)), 50n, lost(45n, 50n)],
  ['the log was not read in between', before(null, lost(45n, 50n)), 5n, lost(45n, 50n)],
  ['a week after the last loss it is over', before(50n, lost(45n, 50n, monday - 8 * DAY)), 50n, null],
  [
    'not while it still stands there',
    before(50n, lost(45n, 50n, monday - 8 * DAY)),
    5n,
    lost(45n, 50n, monday - 8 * DAY),
  ],
])('%s', (_, known, offset, expected) => {
  expect(lostRecords(known, { offset }, monday)).toEqual(expected)
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

test('what Kafka Streams purges behind its commits is no loss, also where a purge falls into a reading', () => {
  // The offset is fetched, then the group commits and purges, then the log start is read.
  const readings = [at(0, 50n, 60n), at(1, 70n, 80n), at(2, 80n, 95n), at(3, 95n, 95n)]
  for (const row of readings.map((_, i) => rowAfter(readings.slice(0, i + 1))))
    expect(row.lostRecords).toBeNull()
})

test('another topic of the same name has lost nothing', () => {
  const again = at(1, 5n, 0n)
  const recreated = new Map([...again.topics].map(([name, topic]) => [name, { ...topic, id: 'another' }]))
  const [row] = rowsAfter([at(0, 50n, 80n), { ...again, topics: recreated }])
  expect(row).toMatchObject({ offset: 5n, lostRecords: null })
})
