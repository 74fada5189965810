import { HOUR } from '../time.ts'

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, number>()

/** True for the name of a time zone, such as Europe/Oslo. */
export function isZone(name: string): boolean {
  // UTC is the default, and the first format takes 20 ms.
  if (name === 'UTC') return true
  try {
    return Boolean(formatOf(name))
  } catch {
    return false
  }
}

/** ms by which the clocks of a zone are ahead of UTC at a time (ms since the epoch). */
export function zoneOffset(zone: string, time: number): number {
  if (zone === 'UTC') return 0
  // Zones change their offset on full or half hours of UTC, so slots of half an hour are precise enough.
  const slot = Math.floor(time / (HOUR / 2)) * (HOUR / 2)
  const key = `${zone} ${slot}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  const parts = new Map(
    formatOf(zone)
      .formatToParts(slot)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  const offset = local - slot
  if (offsets.size > 10_000) offsets.clear()
  offsets.set(key, offset)
  return offset
}

/**
 * The time at which the zone's clocks show `local` (ms, as if it were UTC). For a gap or an overlap, one of the two
 * possible times.
 */
export function timeAt(zone: string, local: number): number {
  const guess = local - zoneOffset(zone, local)
  return local - zoneOffset(zone, guess)
}

/**
 * The latest time, up to `now`, at which a clock in the zone is `phase` past the start of a `period`. Periods are
 * counted from 1970-01-01. All in ms.
 */
export function newestAt(zone: string, now: number, period: number, phase: number): number {
  const local = now + zoneOffset(zone, now)
  const shown = Math.floor((local - phase) / period) * period + phase
  const time = timeAt(zone, shown)
  return time > now ? timeAt(zone, shown - period) : time
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, format)
  return format
}
