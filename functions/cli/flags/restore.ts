import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type FileOffset, parseOffsets, quotedText } from '../../contracts/offsets-file.ts'
import { Failure } from '../../core/model/failure.ts'
import type { BelowStart } from '../../core/recovery/restore-plan.ts'
import { iso } from '../../core/time.ts'
import type { RestoreFrom } from '../../jobs/propose-restore.ts'
import { commandLine } from '../../text/shell.ts'
import { clusterOption, jsonOption, pastTime } from './options.ts'

export interface RestoreFlags {
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

export const restoreFlags = (command: Command): Command =>
  command
    .description('plan how to put lost offsets back into Kafka; with --execute, write them')
    .argument('<group>', 'group id')
    .addOption(
      new Option('--at <time>', 'the offsets as known at this time, ISO 8601 with zone')
        .argParser(pastTime)
        .conflicts(['toTime', 'fromFile']),
    )
    .addOption(
      new Option(
        '--to-time <time>',
        'the offset of the first record of each log at or after this time, ISO 8601 with zone',
      )
        .argParser(pastTime)
        .conflicts('fromFile'),
    )
    .option('--from-file <path>', 'CSV of topic,partition,offset, as `lookup --csv` writes it')
    .option('--topic <topic>', 'only this topic, including partitions that lost nothing')
    .addOption(
      new Option(
        '--partition <numbers>',
        'only these partitions, such as 0,3, including those that lost nothing',
      ).argParser(numbers),
    )
    .addOption(
      new Option('--all', 'all partitions, including those that lost nothing').conflicts([
        'topic',
        'partition',
      ]),
    )
    .addOption(
      new Option('--below-start <what>', 'what to do with an offset whose records are deleted')
        .choices(['refuse', 'earliest', 'skip'])
        .default('refuse'),
    )
    .option('--again', 'also set back partitions that were restored before and have moved on since')
    .option('--execute', 'write the offsets, after you type the name of the group')
    .option('--yes', 'with --execute: do not ask for the name of the group')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Stop the consumers of the group first. restore writes nothing without --execute.
Exit codes: 0 done, or can be done; 1 an offset is refused, has changed meanwhile or was overwritten;
2 usage or settings; 3 failed. A second run leaves restored offsets alone. docs/recovery.md has the steps for each situation.

Examples:
  $ offset-watchdog restore orders
  $ offset-watchdog restore orders --execute
  $ offset-watchdog restore orders --at 2026-11-22T14:00Z --topic team.orders --execute --yes
  $ offset-watchdog restore orders --to-time 2026-11-22T14:00Z --topic team.orders
  $ offset-watchdog restore -- --a-group-that-begins-with-dashes`,
    )

/** The source of the offsets. @throws Failure (exit code 2) that names the file and its line */
export function sourceOf(group: string, { at, toTime, fromFile }: RestoreFlags): RestoreFrom {
  if (fromFile !== undefined)
    return { kind: 'file', path: fromFile, offsets: readOffsetsFile(fromFile, group) }
  return toTime === undefined ? { kind: 'snapshot', at } : { kind: 'time', time: toTime }
}

function numbers(text: string, before: number[] = []): number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new InvalidArgumentError('Write numbers such as 0,3.')
  return [...new Set([...before, ...text.split(',').map(Number)])]
}

/** The same command with --execute. */
export function restoreCommand(group: string, cluster: string, flags: RestoreFlags): string {
  const { at, toTime, fromFile, topic, partition, all, belowStart, again } = flags
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

/** @throws Failure (exit code 2) if there is no terminal to ask on, or --yes comes without --execute */
export function checkConfirmation({ yes, execute }: RestoreFlags): void {
  if (yes && !execute) {
    const sentence = '--yes has no effect without --execute: add --execute, or leave --yes out.'
    throw new Failure(sentence, { exitCode: 2 })
  }
  if (execute && !yes && !process.stdin.isTTY) {
    const sentence =
      '--execute asks for the name of the group, and there is no terminal: add --yes to write without the question.'
    throw new Failure(sentence, { exitCode: 2 })
  }
}

export function readOffsetsFile(path: string, group: string): FileOffset[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const sentence = `cannot read ${quotedText(path)}: the file does not exist, or you may not read it. Correct --from-file.`
    throw new Failure(sentence, { exitCode: 2, cause })
  }
  return parseOffsets(text, path, group)
}
