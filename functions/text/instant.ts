import { Failure } from '../core/model/failure.ts'

/**
 * Parses a time in ISO 8601, to the minute or finer, with its zone. A time without a zone is ambiguous. Returns ms
 * since the epoch.
 * @throws Failure that says how to write a time
 */
export function instantOf(text: string): number {
  const [, day, zone] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const parsed = Date.parse(text)
  if (day === undefined || Number.isNaN(parsed) || !new Date(day).toISOString().startsWith(day)) {
    throw new Failure('Write a time such as 2026-11-22T14:00Z or 2026-11-22T15:00+01:00.', { exitCode: 2 })
  }
  if (zone === undefined) {
    throw new Failure('The time has no zone: add Z for UTC, or an offset such as +01:00.', { exitCode: 2 })
  }
  return parsed
}
