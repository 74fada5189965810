import { DAY, HOUR, MINUTE } from '../time.ts'
import type { Levels, WorkingHours } from './settings.ts'
import { isZone, timeAt, zoneOffset } from './zone.ts'

const weekdays: readonly string[] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Undefined if the text has another form. */
export function workingHoursOf(text: string): WorkingHours | undefined {
  const [, days = '', from = '', to = '', zone = ''] =
    /^([A-Za-z,-]+) (\d\d:\d\d)-(\d\d:\d\d) ([\w/+-]+)$/.exec(text) ?? []
  const hours = { days: daysOf(days), from: timeOfDay(from), to: timeOfDay(to), zone }
  if (hours.days === undefined || hours.from === undefined || hours.to === undefined) return undefined
  if (hours.to < hours.from + HOUR || !isZone(zone)) return undefined
  return { days: hours.days, from: hours.from, to: hours.to, zone }
}

/** ms after midnight. */
export function timeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (text === '24:00') return DAY
  return hours === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * MINUTE
}

/** `Mon-Fri`, `Mon,Wed,Fri`, `Sat-Sun`. */
function daysOf(text: string): number[] | undefined {
  const days = text.split(',').flatMap(part => {
    const [first, last] = part.split('-').map(day => weekdays.indexOf(day))
    if (first === undefined || first < 0 || last === -1) return [-1]
    if (last === undefined) return [first]
    const length = ((last - first + 7) % 7) + 1
    return Array.from({ length }, (_, i) => (first + i) % 7)
  })
  return days.includes(-1) ? undefined : days
}

/** @param time ms since the epoch */
export function isWorkingTime({ days, from, to, zone }: WorkingHours, time: number): boolean {
  const local = time + zoneOffset(zone, time)
  const sinceMidnight = local - Math.floor(local / DAY) * DAY
  return days.includes(dayOf(local)) && sinceMidnight >= from && sinceMidnight < to
}

/**
 * The last moment before `time` that still has `lead` ms of working hours left; undefined if there is none within a
 * fortnight.
 */
export function lastWorkingTime(hours: WorkingHours, time: number, lead: number): number | undefined {
  const { days, from, to, zone } = hours
  const midnight = Math.floor((time + zoneOffset(zone, time)) / DAY) * DAY
  for (let day = midnight; day > midnight - 14 * DAY; day -= DAY) {
    const end = timeAt(zone, day + to)
    if (days.includes(dayOf(day)) && end <= time) return Math.max(timeAt(zone, day + from), end - lead)
  }
  return undefined
}

/**
 * Moves a last level that would begin outside the hours into the last working hour before, or into the last `lead` ms
 * if that is longer.
 * @param end ms since the epoch, the moment that the levels count down to
 */
export function levelsWithin(
  hours: WorkingHours | undefined,
  levels: Levels,
  end: number,
  lead: number,
): Levels {
  if (hours === undefined || isWorkingTime(hours, end - levels.last)) return levels
  const call = lastWorkingTime(hours, end - levels.last, Math.max(lead, HOUR))
  if (call === undefined) return levels
  const last = end - call
  return { first: Math.max(levels.first, last), second: Math.max(levels.second, last), last }
}

/** 1 January 1970 was a Thursday. */
const dayOf = (local: number): number => (((Math.floor(local / DAY) + 4) % 7) + 7) % 7
