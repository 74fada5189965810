import { Failure } from '../core/model/failure.ts'

/**
 * A time as people write it, in ms since the epoch: ISO 8601 to the minute or finer, with its zone, since without one
 * nobody can tell whose 14:00 it is.
 * @throws Failure that says how it is written
 */
export function instantOf(text: string): number {
  const [, day, zone] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const parsed = Date.parse(text)
  if (day === undefined || Number.isNaN(parsed) || !new Date(day).toISOString().startsWith(day)) {
    throw new Failure('Write a time such as 2026-11-22T14:00Z or 2026-11-22T15:00+01:00.', { exitCode: 2 })
  }
  if (zone === undefined) {
    throw new Failure('It has no zone: add Z for UTC, or an offset such as +01:00.', { exitCode: 2 })
  }
  return parsed
}
