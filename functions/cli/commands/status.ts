import { type Command, Option } from 'commander'
import { statusJson, statusLines } from '../../contracts/status.ts'
import type { Level } from '../../core/model/commit.ts'
import { checkCode, type Status, UnknownGroup } from '../../jobs/status.ts'
import { readable } from '../../wiring/clusters.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { statusOfCluster } from '../../wiring/status.ts'
import { endWith, forEach, print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { span } from '../views/format.ts'
import { statusView } from '../views/status.ts'
import { clusterOption, duration, jsonOption } from './options.ts'
import { warnOfInterval } from './warnings.ts'

interface StatusFlags {
  group?: string
  level?: Level
  ignored?: boolean
  check?: boolean
  maxAge?: number
  cluster?: string
  json?: boolean
  ndjson?: boolean
}

export const addStatus = (program: Command) =>
  program
    .command('status')
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
    .option('--check', 'show only what needs somebody, and say by the exit code whether there is anything')
    .addOption(
      new Option('--max-age <duration>', '--check, and how old the snapshot may be (default: two intervals)')
        .argParser(duration)
        .implies({ check: true }),
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addOption(
      new Option('--ndjson', 'print a line of JSON for each cluster, commit and gone offset').conflicts(
        'json',
      ),
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
  $ offset-watchdog status --check --level second --max-age 1h`,
    )
    .action(async (options: StatusFlags) => {
      const settings = settingsOfEnvironment()
      const { group, ignored = false, check = false, level = check ? 'first' : undefined } = options
      const selection = { group, level, ignored }
      const now = Date.now()
      const statuses: Status[] = []
      const misses: UnknownGroup[] = []
      await forEach(await readable(settings, options.cluster), async cluster => {
        const status = await statusOfCluster(settings, cluster, {
          now,
          selection,
          isCheck: check,
          ...warnOfSkipped,
          onUnreadableState: printError,
        }).catch(unlessMissed)
        if (status instanceof UnknownGroup) return void misses.push(status)
        statuses.push(status)
        warnOfInterval(
          settings,
          cluster,
          status.head.retention.map(({ retention }) => retention),
        )
        if (!options.json && !options.ndjson) print(statusView(status, now, ignored))
        if (check) endWith(checked(status, now, options.maxAge ?? 2 * settings.interval))
      })
      // A group that one cluster has was not mistyped.
      if (statuses.length === 0) await forEach(misses, async miss => Promise.reject(miss))
      if (options.json) printJson(statusJson(statuses))
      if (options.ndjson) for (const line of statusLines(statuses)) printJson(line)
    })

function unlessMissed(error: unknown): UnknownGroup {
  if (error instanceof UnknownGroup) return error
  throw error
}

function checked(status: Status, now: number, maxAge: number): number {
  const code = checkCode(status, now, maxAge)
  const { cluster, takenAt } = status.head
  if (code === 3) {
    printError(
      takenAt > now
        ? `the newest snapshot of cluster "${cluster}" is later than the clock by ${span(takenAt - now)}: correct the clock.`
        : `the newest snapshot of cluster "${cluster}" is ${span(now - takenAt)} old, more than ${span(maxAge)}: ` +
            'see why no newer one was taken, or allow it with --max-age.',
    )
  }
  return code
}
