import { InvalidArgumentError, Option } from 'commander'
import { durationOf, isStoreLocation, longestInterval, storeForm } from '../../config/schema.ts'
import { Failure } from '../../core/model/failure.ts'
import { DAY } from '../../core/time.ts'
import { instantOf } from '../../text/instant.ts'

/** Options that several commands share, so that each has one name and one meaning. */

export const clusterOption = () => new Option('--cluster <name>', 'only this cluster of the settings')
/** The stores are only read. */
export const storesOption = () =>
  new Option(
    '--store <store>',
    'read this store instead of WATCHDOG_STORE; repeat the option to read several stores',
  )
    .argParser((store: string, before: string[]) => [...before, storeLocation(store)])
    .default([], 'WATCHDOG_STORE')

function storeLocation(text: string): string {
  if (isStoreLocation(text)) return text
  throw new InvalidArgumentError(`${storeForm[0]?.toUpperCase()}${storeForm.slice(1)}.`)
}

export const jsonOption = () => new Option('--json', 'print JSON for machines')

/** In ms. */
export function duration(text: string): number {
  const length = durationOf(text)
  if (length !== undefined && length > 0 && length <= longestInterval) return length
  throw new InvalidArgumentError('Write a duration such as 15m or 1h, up to 24d.')
}

/** @see instantOf */
export function time(text: string): number {
  try {
    return instantOf(text)
  } catch (error) {
    throw error instanceof Failure ? new InvalidArgumentError(error.message) : error
  }
}

/** Like `time`, but not in the future: there are no snapshots of it yet. */
export function pastTime(text: string): number {
  const past = time(text)
  if (past <= Date.now()) return past
  throw new InvalidArgumentError('The time is in the future: write an earlier one.')
}

/** The end of a silence is limited: a forgotten silence would hide every deadline. */
export function silenceEnd(text: string): number {
  const end = time(text)
  if (end <= Date.now()) throw new InvalidArgumentError('The time is in the past: write a later one.')
  if (end <= Date.now() + 90 * DAY) return end
  throw new InvalidArgumentError('The time is more than 90 days away: use `ignore` in the settings.')
}

export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Write a port, from 0 to 65535.')
}
