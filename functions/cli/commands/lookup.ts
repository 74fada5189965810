import { type Command, Option } from 'commander'
import { historyJson } from '../../contracts/history.ts'
import { lookupCsv, lookupJson } from '../../contracts/lookup.ts'
import { Failure } from '../../core/model/failure.ts'
import type { Settings } from '../../core/model/settings.ts'
import type { History } from '../../jobs/look-back.ts'
import { type LookUpResult, SeveralClusters } from '../../jobs/look-up.ts'
import { count } from '../../text/count.ts'
import { readable } from '../../wiring/clusters.ts'
import { lookBackIn, lookUpIn } from '../../wiring/lookup.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { historyView } from '../views/history.ts'
import { describeOutside, lookupView } from '../views/lookup.ts'
import { type Language, languages, seekCode } from '../views/seek-code.ts'
import { clusterOption, duration, jsonOption, pastTime } from './options.ts'

interface LookupFlags {
  topic?: string
  at?: number
  history?: boolean
  since?: number
  every?: number
  csv?: boolean
  code?: Language
  json?: boolean
  cluster?: string
}

export const addLookup = (program: Command) =>
  program
    .command('lookup')
    .description('print the last known offsets of a group, also where they are gone or were reset')
    .argument('<group>', 'group id')
    .option('--topic <topic>', 'only of this topic')
    .addOption(new Option('--at <time>', 'as known at this time, ISO 8601 with zone').argParser(pastTime))
    .addOption(clusterOption())
    .option('--history', 'print how the offsets moved, when they were last committed, losses and resets')
    .addOption(
      new Option('--since <time>', 'with --history: from then on, ISO 8601 with zone (default: two weeks)')
        .argParser(pastTime)
        .implies({ history: true }),
    )
    .addOption(
      new Option('--every <duration>', 'with --history: how far apart the snapshots may be that show moves')
        .argParser(duration)
        .implies({ history: true }),
    )
    .addOption(
      new Option('--csv', 'print topic,partition,offset as kafka-consumer-groups reads it').conflicts([
        'json',
        'history',
      ]),
    )
    .addOption(
      new Option('--code <language>', 'print code that lets a consumer begin at these offsets')
        .choices(languages)
        .conflicts(['json', 'csv', 'history']),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Of a partition that was reset, the offset is the one before the reset.
--history reads some of the snapshots and says how far apart they are; losses and resets are exact in any case.
Exit codes: 0 found, 3 not known or failed, 2 usage or settings.

Examples:
  $ offset-watchdog lookup orders
  $ offset-watchdog lookup orders --topic team.orders --at 2026-11-22T14:00Z
  $ offset-watchdog lookup orders --history --since 2026-11-01T00:00Z --every 15m
  $ offset-watchdog lookup orders --code java
  $ offset-watchdog lookup orders --csv > offsets.csv
  $ kafka-consumer-groups --bootstrap-server localhost:9092 --group orders \\
      --reset-offsets --from-file offsets.csv --dry-run
  $ offset-watchdog lookup -- --a-group-that-begins-with-dashes`,
    )
    .action(async (group: string, options: LookupFlags) => {
      const { topic, at, csv, json, code, cluster } = options
      const settings = settingsOfEnvironment()
      const clusters = (await readable(settings, cluster)).map(({ name }) => name)
      const question = { clusters, group, topic, at, ...warnOfSkipped }
      const result = await lookUpIn(settings, question).catch(withOption)

      const history = options.history ? await historyOf(settings, result, options) : undefined
      tellDoubts(result, csv || code !== undefined)
      if (json) printJson({ ...lookupJson(result), ...(history && { history: historyJson(history) }) })
      else if (csv) process.stdout.write(lookupCsv(result))
      else if (code) print(seekCode(code, result).trimEnd())
      else print(history ? historyView(result, history, Date.now()) : lookupView(result, Date.now()))
    })

function withOption(error: unknown): never {
  if (!(error instanceof SeveralClusters)) throw error
  throw new Failure(`${error.message} Add --cluster.`, { exitCode: error.exitCode })
}

const historyOf = (
  settings: Settings,
  { head, group }: LookUpResult,
  { topic, at = Infinity, since, every }: LookupFlags,
): Promise<History> =>
  lookBackIn(settings, { cluster: head.cluster, group, topic, until: at, since, every, ...warnOfSkipped })

/** @param alone whether the offsets are printed with nothing that tells about them */
function tellDoubts(result: LookUpResult, alone: boolean): void {
  const { head, offsets, replacedBy } = result
  if (replacedBy !== null) {
    printError(
      `the snapshot of that time is of the cluster with the id ${head.clusterId}, in whose place is ${replacedBy} now: there its offsets mean nothing.`,
    )
  }
  if (!alone) return
  const left = offsets.filter(({ reason }) => reason === 'topic-deleted').length
  if (left > 0) printError(`${count(left, 'offset')} left out, since the topic was deleted.`)
  const outside = describeOutside(result)
  if (outside !== null) printError(outside)
}
