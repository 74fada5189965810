import { describe, expect, test } from '@jest/globals'
import type { WorkingHours } from '../../../functions/core/model/settings.ts'
import {
  isWorkingTime,
  lastWorkingTime,
  levelsWithin,
  workingHoursOf,
} from '../../../functions/core/model/working-hours.ts'
import { newestAt } from '../../../functions/core/model/zone.ts'

const HOUR = 3_600_000
const hoursOf = (text: string): WorkingHours => {
  const hours = workingHoursOf(text)
  if (hours === undefined) throw new Error(`${text} has another form`)
  return hours
}
const oslo = hoursOf('Mon-Fri 08:00-17:00 Europe/Oslo')

test.each([
  ['a text without a zone', 'Mon-Fri 08:00-17:00'],
  ['a zone that does not exist', 'Mon-Fri 08:00-17:00 Europe/Atlantis'],
  ['a day that does not exist', 'Mon-Fry 08:00-17:00 UTC'],
  ['a time that does not exist', 'Mon-Fri 08:00-25:00 UTC'],
  ['an end before the beginning', 'Mon-Fri 17:00-08:00 UTC'],
  ['a span of less than an hour', 'Mon-Fri 08:00-08:30 UTC'],
])('%s is refused', (_, text) => {
  expect(workingHoursOf(text)).toBeUndefined()
})

test.each([
  ['include Monday 8:00', '2026-11-23T07:00Z', true],
  ['exclude the minute before', '2026-11-23T06:59Z', false],
  ['include 16:59', '2026-11-23T15:59Z', true],
  ['exclude 17:00', '2026-11-23T16:00Z', false],
  ['exclude Saturday', '2026-11-21T10:00Z', false],
  ['follow summer time', '2026-07-06T06:00Z', true],
])('working hours in Oslo %s', (_, time, expected) => {
  expect(isWorkingTime(oslo, Date.parse(time))).toBe(expected)
})

describe('the last working hour before', () => {
  test.each([
    ['a Saturday night', '2026-11-21T23:00Z', '2026-11-20T15:00Z'],
    ['a Monday at 5', '2026-11-23T04:00Z', '2026-11-20T15:00Z'],
    ['a Tuesday evening', '2026-11-24T19:00Z', '2026-11-24T15:00Z'],
    ['the night in which summer time ends', '2026-10-26T00:30Z', '2026-10-23T14:00Z'],
  ])('%s', (_, time, expected) => {
    expect(lastWorkingTime(oslo, Date.parse(time), HOUR)).toBe(Date.parse(expected))
  })

  test('an evening, with a lead longer than the working day: the whole day', () => {
    const time = Date.parse('2026-11-24T19:00Z')
    expect(lastWorkingTime(oslo, time, 24 * HOUR)).toBe(Date.parse('2026-11-24T07:00Z'))
  })

  test('a Sunday, with hours on Monday and Wednesday only', () => {
    const hours = hoursOf('Mon,Wed 10:00-12:00 UTC')
    expect(lastWorkingTime(hours, Date.parse('2026-11-29T00:00Z'), HOUR)).toBe(
      Date.parse('2026-11-25T11:00Z'),
    )
  })
})

describe('levels within working hours', () => {
  const levels = { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR }
  const lastCall = (end: string) => {
    const time = Date.parse(end)
    return new Date(time - levelsWithin(oslo, levels, time, HOUR / 4).last).toISOString()
  }

  test.each([
    ['within the hours stays unchanged', '2026-11-24T18:00Z', '2026-11-24T12:00:00.000Z'],
    ['on a Sunday moves to Friday', '2026-11-22T09:00Z', '2026-11-20T15:00:00.000Z'],
    ['at night moves to the afternoon before', '2026-11-25T09:00Z', '2026-11-24T15:00:00.000Z'],
  ])('a last call %s', (_, end, expected) => {
    expect(lastCall(end)).toBe(expected)
  })

  test('stay in order, even over a long weekend', () => {
    const rarely = hoursOf('Mon 08:00-10:00 UTC')
    const end = Date.parse('2026-11-29T12:00Z')
    expect(levelsWithin(rarely, levels, end, HOUR)).toEqual({
      first: 147 * HOUR,
      second: 147 * HOUR,
      last: 147 * HOUR,
    })
  })
})

test('the newest 8:00 by the clocks of a zone', () => {
  const newest = (now: string) =>
    new Date(newestAt('Europe/Oslo', Date.parse(now), 24 * HOUR, 8 * HOUR)).toISOString()
  expect(newest('2026-11-24T06:59Z')).toBe('2026-11-23T07:00:00.000Z')
  expect(newest('2026-11-24T07:00Z')).toBe('2026-11-24T07:00:00.000Z')
  // Summer time ends on 25 October.
  expect(newest('2026-10-25T07:30Z')).toBe('2026-10-25T07:00:00.000Z')
  expect(newest('2026-10-25T06:30Z')).toBe('2026-10-24T06:00:00.000Z')
})
