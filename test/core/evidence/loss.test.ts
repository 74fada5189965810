import { expect, test } from '@jest/globals'
import { lossOf, outcomeOf } from '../../../functions/core/evidence/loss.ts'
import type { GoneReason } from '../../../functions/core/model/commit.ts'
import { aReading, clockSkew, dead, HOUR, monday, rowAfter, simple, TAKES } from '../readings.ts'

test.each([
  ['the same offset: recovered', 50n, 50n, { kind: 'recovered' }],
  ['the same offset, then a higher one: recovered', 50n, 80n, { kind: 'recovered' }],
  ['a lower offset: rewound by N records', 10n, 20n, { kind: 'rewound', by: 30n }],
  ['a lower offset, then the lost one: recovered', 10n, 50n, { kind: 'recovered' }],
  ['a lower offset, then one beyond the lost one: caught up', 10n, 51n, { kind: 'caught-up' }],
  ['a higher offset: went on or skipped N records', 90n, 90n, { kind: 'went-on-or-skipped', by: 40n }],
  [
    'a higher offset, then an even higher one: went on or skipped N records',
    90n,
    200n,
    { kind: 'went-on-or-skipped', by: 40n },
  ],
  [
    'a higher offset, then one below the lost one: rewound by N records',
    90n,
    20n,
    { kind: 'rewound', by: 30n },
  ],
])('committed again after a loss at 50: %s', (_, resetTo, now, outcome) => {
  expect(outcomeOf(50n, resetTo, now)).toEqual(outcome)
})

const seen = aReading(monday, { app: simple({ 'orders-0': 50n }) })
const gone = aReading(monday + HOUR, { app: dead('simple', 'orders-0') })
const reset = aReading(monday + 2 * HOUR, { app: simple({ 'orders-0': 10n }) })
const wentOn = aReading(monday + 3 * HOUR, { app: simple({ 'orders-0': 15n }) })
const found = (hours: number) => monday + hours * HOUR + TAKES + clockSkew

test('a commit that was never gone is no loss', () => {
  expect(lossOf(rowAfter([seen]))).toBeNull()
})

test('an offset that is gone is lost by the end of the reading that found it gone', () => {
  expect(lossOf(rowAfter([seen, gone]))).toEqual({
    lost: 50n,
    lastSeenAt: monday + TAKES,
    lostBy: found(1),
    outcome: { kind: 'gone' },
  })
})

test('a reset stays the same loss, and is dated by the reading that saw the new offset', () => {
  const loss = { lost: 50n, lastSeenAt: monday + TAKES, lostBy: found(2) }
  expect(lossOf(rowAfter([seen, gone, reset]))).toEqual({ ...loss, outcome: { kind: 'rewound', by: 40n } })
  expect(lossOf(rowAfter([seen, gone, reset, wentOn]))).toEqual({
    ...loss,
    outcome: { kind: 'rewound', by: 35n },
  })
})

test.each<[GoneReason, boolean]>([
  ['expired', true],
  ['deleted', true],
  ['negative', true],
  ['unknown', true],
  ['topic-deleted', false],
])('gone as %s is a loss: %s', (reason, isLoss) => {
  const row = rowAfter([seen, gone])
  expect(lossOf({ ...row, gone: { reason, earliest: 0, latest: 0 } }) !== null).toBe(isLoss)
})

test.each([
  ['unknown', true],
  ['topic-deleted', false],
  ['moved-back', false],
] as const)('a previous commit with reason %s is a loss: %s', (reason, isLoss) => {
  const row = rowAfter([seen, gone, reset])
  expect(
    lossOf({ ...row, previousCommit: row.previousCommit && { ...row.previousCommit, reason } }) !== null,
  ).toBe(isLoss)
})
