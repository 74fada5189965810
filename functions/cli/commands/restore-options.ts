import { InvalidArgumentError } from 'commander'
import type { BelowStart } from '../../core/recovery/restore-plan.ts'
import { iso } from '../../core/time.ts'
import type { RestoreFrom } from '../../jobs/propose-restore.ts'
import { commandLine } from '../../text/shell.ts'
import { readOffsetsFile } from './restore-file.ts'

export interface RestoreOptions {
  at?: number
  toTime?: number
  fromFile?: string
  topic?: string
  partition?: number[]
  all?: boolean
  belowStart: BelowStart
  again?: boolean
  execute?: boolean
  yes?: boolean
  json?: boolean
  cluster?: string
}

/** Where the offsets are to come from. */
export function sourceOf(group: string, { at, toTime, fromFile }: RestoreOptions): RestoreFrom {
  if (fromFile !== undefined)
    return { kind: 'file', path: fromFile, offsets: readOffsetsFile(fromFile, group) }
  return toTime === undefined ? { kind: 'snapshot', at } : { kind: 'time', time: toTime }
}

export function numbers(text: string): number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new InvalidArgumentError('Write numbers such as 0,3.')
  return text.split(',').map(Number)
}

/** The same command with --execute. */
export function commandOf(group: string, cluster: string, options: RestoreOptions): string {
  const { at, toTime, fromFile, topic, partition, all, belowStart, again } = options
  const given: [name: string, value: string | undefined][] = [
    ['--cluster', cluster],
    ['--at', at === undefined ? undefined : iso(at)],
    ['--to-time', toTime === undefined ? undefined : iso(toTime)],
    ['--from-file', fromFile],
    ['--topic', topic],
    ['--partition', partition?.join()],
    ['--below-start', belowStart === 'refuse' ? undefined : belowStart],
  ]
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return commandLine([
    'offset-watchdog',
    'restore',
    ...words,
    ...(all ? ['--all'] : []),
    ...(again ? ['--again'] : []),
    '--execute',
    '--',
    group,
  ])
}
