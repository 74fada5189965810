import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Language, languages } from '../views/seek-code.ts'
import { clusterOption, duration, jsonOption, pastTime } from './options.ts'

export interface LookupFlags {
  topic?: string
  at?: number
  history?: boolean
  since?: number
  every?: number
  csv?: boolean
  code?: Language
  json?: boolean
  cluster?: string
  prometheus?: URL
}

function prometheusUrl(text: string): URL {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new InvalidArgumentError('Write an http or https URL such as http://prometheus:9090.')
}

export const lookupFlags = (command: Command): Command =>
  command
    .description('print the last known offsets of a group, including lost and reset ones')
    .argument('<group>', 'group id')
    .option('--topic <topic>', 'only this topic')
    .addOption(
      new Option('--at <time>', 'the offsets as known at this time, ISO 8601 with zone').argParser(pastTime),
    )
    .addOption(clusterOption())
    .option('--history', 'print the last commits, moves, losses and resets of the offsets')
    .addOption(
      new Option(
        '--since <time>',
        'with --history: start of the history, ISO 8601 with zone (default: two weeks before its end)',
      )
        .argParser(pastTime)
        .implies({ history: true }),
    )
    .addOption(
      new Option(
        '--every <duration>',
        'with --history: longest gap between the snapshots that are read for moves',
      )
        .argParser(duration)
        .implies({ history: true }),
    )
    .addOption(
      new Option('--csv', 'print topic,partition,offset as CSV for kafka-consumer-groups').conflicts([
        'json',
        'history',
      ]),
    )
    .addOption(
      new Option('--code <language>', 'print code that starts a consumer at these offsets')
        .choices(languages)
        .conflicts(['json', 'csv', 'history']),
    )
    .addOption(
      new Option(
        '--prometheus <url>',
        'estimate the offsets from metrics of kafka-lag-exporter or kafka_exporter in Prometheus; reads no snapshot',
      )
        .argParser(prometheusUrl)
        .conflicts(['history', 'code']),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
lookup shows a reset partition with its offset before the reset.
With --prometheus, --cluster is the value of the label cluster_name.
--history reads some of the snapshots, and prints how far apart they are. Losses and resets are always exact.
Exit codes: 0 found, 2 usage or settings, 3 not known or failed.

Examples:
  $ offset-watchdog lookup orders
  $ offset-watchdog lookup orders --topic team.orders --at 2026-11-22T14:00Z
  $ offset-watchdog lookup orders --history --since 2026-11-01T00:00Z --every 15m
  $ offset-watchdog lookup orders --code java
  $ offset-watchdog lookup orders --csv > offsets.csv
  $ kafka-consumer-groups --bootstrap-server localhost:9092 --group orders \\
      --reset-offsets --from-file offsets.csv --dry-run
  $ offset-watchdog lookup orders --prometheus http://prometheus:9090 --at 2026-11-22T14:00Z --csv > offsets.csv
  $ offset-watchdog lookup -- --a-group-that-begins-with-dashes`,
    )
