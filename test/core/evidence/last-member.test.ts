import { expect, test } from '@jest/globals'
import { aReading, classic, dead, emptyClassic, HOUR, monday, rowsAfter, TAKES } from '../readings.ts'

const billing = { clientId: 'billing-3', host: '10.1.2.3' }
const reporting = { clientId: 'reporting-1', host: '10.1.2.4' }
const seen = { ...billing, seenAt: monday + TAKES }
const running = classic({ 'orders-0': 5n }, { member: billing })

test.each([
  ['that never had a member', emptyClassic({ 'orders-0': 5n }), [null]],
  ['that has stopped', emptyClassic({ 'orders-0': 5n }), [seen]],
  ['that has stopped, even for a new partition', emptyClassic({ 'a-0': 1n, 'orders-0': 5n }), [seen, seen]],
  ['that is gone', dead('classic', 'orders-0'), [seen]],
  [
    'that runs elsewhere now',
    classic({ 'orders-0': 5n }, { member: reporting }),
    [{ ...reporting, seenAt: monday + HOUR + TAKES }],
  ],
])('the last member of a group %s', (name, group, expected) => {
  const first = name === 'that never had a member' ? emptyClassic({ 'orders-0': 5n }) : running
  const rows = rowsAfter([aReading(monday, { app: first }), aReading(monday + HOUR, { app: group })])
  expect(rows.map(({ lastMember }) => lastMember)).toEqual(expected)
})

test('a group that could not be read keeps its last member', () => {
  const [row] = rowsAfter([aReading(monday, { app: running }), aReading(monday + HOUR, {})])
  expect(row?.lastMember).toEqual(seen)
})
