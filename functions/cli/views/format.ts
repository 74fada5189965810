import { DAY, dateOf, HOUR, inDateRange, MINUTE, YEAR } from '../../core/time.ts'
import { count, grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'

/** Texts for the terminal: times, durations, counts, and safe forms of text from others. */

/** A name in a column, which is never cut, so that users can copy the name. */
export const name = (text: string): string => visible(text) || '(empty)'

const longestText = 60

/** Text from others in a column, for reading only: its beginning, and its length. */
export function beginning(text: string): string {
  const characters = Array.from(text)
  if (characters.length <= longestText) return name(text)
  return `${visible(characters.slice(0, longestText).join(''))}… (${count(characters.length, 'character')})`
}

const units = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', 1000],
] as const

/**
 * A duration in its two largest units, rounded down: `2 d 4 h`; in whole years from 1,000 days.
 * @param ms at least 0
 */
export function span(ms: number): string {
  const first = units.findIndex(([, length]) => ms >= length)
  if (first < 0) return '0 s'
  if (ms > 1000 * DAY) return count(Math.floor(inDateRange(ms) / YEAR), 'year')

  const [[large, length], small] = [units[first] ?? units[0], units[first + 1]]
  const rest = small ? Math.floor((ms % length) / small[1]) : 0
  return `${Math.floor(ms / length)} ${large}${small && rest > 0 ? ` ${rest} ${small[0]}` : ''}`
}

/** `Tue 24 Nov 16:00` in UTC. Has seconds on request, and the year if it is not this year. */
export function date(time: number, now: number, { seconds = false } = {}): string {
  const at = dateOf(time)
  const [weekday, day, month, year, clock = ''] = at.toUTCString().replace(',', '').split(' ')
  const isThisYear = at.getUTCFullYear() === dateOf(now).getUTCFullYear()
  return `${weekday} ${Number(day)} ${month} ${isThisYear ? '' : `${year} `}${clock.slice(0, seconds ? 8 : 5)}`
}

/** `Tue 24 Nov 16:00:00 – 16:15:00`, or one time if both look the same. */
export function dates(from: number, to: number, now: number): string {
  const [first, last] = [from, to].map(time => date(time, now, { seconds: true }))
  if (first === undefined || last === undefined || first === last) return first ?? ''
  const isSameDay = first.slice(0, -8) === last.slice(0, -8)
  return `${first} – ${isSameDay ? last.slice(-8) : last}`
}

/** An upper bound in a column: `≤ 12`. */
export const upTo = (n: bigint): string => `${n === 0n ? '' : '≤ '}${grouped(n)}`
