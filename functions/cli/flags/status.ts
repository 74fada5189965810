import { type Command, Option } from 'commander'
import type { Level } from '../../core/model/commit.ts'
import { clusterOption, duration, jsonOption, storesOption } from './options.ts'

export interface StatusFlags {
  group?: string
  level?: Level
  ignored?: boolean
  suggestIgnores?: boolean
  check?: boolean
  maxAge?: number
  cluster?: string
  store: string[]
  json?: boolean
  ndjson?: boolean
  format?: 'openmetrics'
}

export const statusFlags = (command: Command): Command =>
  command
    .description('show the newest snapshot: groups by nearest deadline, then what is gone')
    .option('--group <pattern>', 'only these groups; * stands for any characters')
    .addOption(
      new Option('--level <level>', 'only what is at this level or nearer, and losses').choices([
        'first',
        'second',
        'last',
      ]),
    )
    .option('--ignored', 'only what the settings say to ignore')
    .addOption(
      new Option('--suggest-ignores', 'print rules that ignore short-lived groups, as YAML').conflicts([
        'check',
        'maxAge',
        'ignored',
        'level',
        'json',
        'ndjson',
      ]),
    )
    .option('--check', 'show only what needs somebody, and say by the exit code whether there is anything')
    .addOption(
      new Option('--max-age <duration>', '--check, and how old the snapshot may be (default: two intervals)')
        .argParser(duration)
        .implies({ check: true }),
    )
    .addOption(clusterOption())
    .addOption(storesOption())
    .addOption(jsonOption())
    .addOption(
      new Option('--ndjson', 'print a line of JSON for each cluster, commit and gone offset').conflicts(
        'json',
      ),
    )
    .addOption(
      new Option('--format <format>', 'openmetrics: print what /metrics of `run --port` answers')
        .choices(['openmetrics'])
        .conflicts(['json', 'ndjson', 'check', 'group', 'level', 'ignored']),
    )
    .addHelpText(
      'after',
      `
A line is a group by the partition that goes first, of several the costliest; +3 behind it counts the group's others.
"beyond log" and "below log": the log does not have the offset, so the next start resets the consumer.

Exit codes: 0 done, 2 usage or settings, 3 failed. With --check: 3 the snapshot is too old, else 1 something is at
--level (first by default) or was lost, else 4 the snapshot is not complete, else 0. What was acknowledged is left out.

Examples:
  $ offset-watchdog status
  $ offset-watchdog status --group 'orders-*' --json
  $ offset-watchdog status --suggest-ignores
  $ offset-watchdog status --store s3://bucket/team-a --store s3://bucket/team-b
  $ offset-watchdog status --check --level second --max-age 1h
  $ offset-watchdog status --format openmetrics > offset_watchdog.prom`,
    )
