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
    .description('show the newest snapshot: groups by nearest deadline, then losses and resets')
    .option('--group <pattern>', 'only these groups; * stands for any characters')
    .addOption(
      new Option(
        '--level <level>',
        'only losses, and offsets at this level or nearer to their deadline',
      ).choices(['first', 'second', 'last']),
    )
    .option('--ignored', 'only groups that the settings ignore')
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
    .option('--check', 'show only groups that need attention; the exit code says whether there are any')
    .addOption(
      new Option(
        '--max-age <duration>',
        'like --check, with this limit for the age of the snapshot (default: two intervals)',
      )
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
      new Option('--format <format>', 'openmetrics: print the metrics that `run --port` serves at /metrics')
        .choices(['openmetrics'])
        .conflicts(['json', 'ndjson', 'check', 'group', 'level', 'ignored']),
    )
    .addHelpText(
      'after',
      `
Each line shows a group's partition with the nearest deadline; of equal deadlines, the one with the costliest loss.
+3 means three more partitions. "beyond log" and "below log": the log does not contain the offset, so the consumer
resets at its next start.

Exit codes: 0 done, 2 usage or settings, 3 failed. With --check: 3 the snapshot is too old, else 1 a group is at
--level (first by default) or has a loss, else 4 the snapshot is not complete, else 0.
--check leaves acknowledged incidents out.

Examples:
  $ offset-watchdog status
  $ offset-watchdog status --group 'orders-*' --json
  $ offset-watchdog status --suggest-ignores
  $ offset-watchdog status --store s3://bucket/team-a --store s3://bucket/team-b
  $ offset-watchdog status --check --level second --max-age 1h
  $ offset-watchdog status --format openmetrics > offset_watchdog.prom`,
    )
