/** Lengths of time, in ms. A year is the Julian one of 365.25 days. */
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const WEEK = 7 * DAY
export const YEAR = 365.25 * DAY

/** The latest time that a Date can hold, ms since the epoch; the earliest lies as far before the epoch. ECMA-262. */
export const LATEST_TIME = 8.64e15

/** The nearest time within a Date's range. Clients, brokers and files may contain any int64. */
export const inDateRange = (time: number): number => Math.max(-LATEST_TIME, Math.min(time, LATEST_TIME))

/** ISO 8601 and everyday calendars end with the year 9999. */
const END_OF_9999 = Date.UTC(10_000, 0) - 1

/**
 * The nearest time from 1970 to 9999 as a valid Date.
 * @param time ms since the epoch
 */
export const dateOf = (time: number): Date => new Date(Math.max(0, Math.min(time, END_OF_9999)) || 0)

/** ISO 8601 in UTC, of the nearest time from 1970 to 9999. @param time ms since the epoch */
export const iso = (time: number): string => dateOf(time).toISOString()
