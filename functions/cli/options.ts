import { InvalidArgumentError, Option } from 'commander'
import { durationOf, longestInterval } from '../config/schema.ts'

/** Options that several commands share, so that each has one name and one meaning. */

export const clusterOption = () => new Option('--cluster <name>', 'only this cluster of the settings')
export const jsonOption = () => new Option('--json', 'print JSON for machines')

/** In ms. */
export function duration(text: string): number {
  const length = durationOf(text)
  if (length !== undefined && length > 0 && length <= longestInterval) return length
  throw new InvalidArgumentError('Write a duration such as 15m or 1h, up to 24d.')
}

/** ISO 8601 to the minute or finer; without a zone nobody can tell whose 14:00 it is. */
export function time(text: string): number {
  const [, day, zone] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const parsed = Date.parse(text)
  if (day === undefined || Number.isNaN(parsed) || !new Date(day).toISOString().startsWith(day)) {
    throw new InvalidArgumentError('Write a time such as 2026-11-22T14:00Z or 2026-11-22T15:00+01:00.')
  }
  if (zone === undefined)
    throw new InvalidArgumentError('It has no zone: add Z for UTC, or an offset such as +01:00.')
  return parsed
}

/** @see time; of what is to come nothing is known yet. */
export function pastTime(text: string): number {
  const past = time(text)
  if (past <= Date.now()) return past
  throw new InvalidArgumentError('It is in the future.')
}

export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Write a port, from 0 to 65535.')
}
