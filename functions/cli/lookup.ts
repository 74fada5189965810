import { type Command, Option } from 'commander'
import { type LookUpResult, lookUp } from '../jobs/look-up.ts'
import { chosen, settingsOfEnvironment, snapshotsOf } from '../wire.ts'
import { lookupCsv, lookupJson, lookupView } from './lookup-view.ts'
import { clusterOption, jsonOption, time } from './options.ts'
import { complain, complainOfSkipped, print, printJson } from './output.ts'
import { count } from './words.ts'

interface Options {
  topic?: string
  at?: number
  csv?: boolean
  json?: boolean
  cluster?: string
}

export const addLookup = (program: Command) =>
  program
    .command('lookup')
    .description('print the last known offsets of a group, also where they are gone or were reset')
    .argument('<group>', 'group id')
    .option('--topic <topic>', 'only of this topic')
    .addOption(new Option('--at <time>', 'as known at this time, ISO 8601 with zone').argParser(time))
    .addOption(clusterOption())
    .addOption(
      new Option('--csv', 'print topic,partition,offset as kafka-consumer-groups reads it').conflicts('json'),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Of a partition that was reset, the offset is the one before the reset.
Exit codes: 0 found, 3 not known or failed, 2 usage or settings.

Examples:
  $ offset-watchdog lookup orders
  $ offset-watchdog lookup orders --topic team.orders --at 2026-11-22T14:00Z
  $ offset-watchdog lookup orders --csv > offsets.csv
  $ kafka-consumer-groups --bootstrap-server localhost:9092 --group orders \\
      --reset-offsets --from-file offsets.csv --dry-run
  $ offset-watchdog lookup -- --a-group-that-begins-with-dashes`,
    )
    .action(async (group: string, { topic, at, csv, json, cluster }: Options) => {
      const settings = settingsOfEnvironment()
      const clusters = chosen(settings, cluster).map(({ name }) => name)
      const result = await lookUp({
        clusters,
        group,
        topic,
        at,
        snapshots: snapshotsOf(settings),
        ...complainOfSkipped,
      })

      if (json) printJson(lookupJson(result))
      else if (csv) printCsv(result)
      else print(lookupView(result, Date.now()))
    })

function printCsv(result: LookUpResult): void {
  process.stdout.write(lookupCsv(result))
  const left = result.positions.filter(({ reason }) => reason === 'topic-deleted').length
  if (left > 0) complain(`${count(left, 'offset')} left out, since the topic was deleted.`)
}
