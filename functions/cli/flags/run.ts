import { type Command, Option } from 'commander'
import type { PageAddress } from '../page/server.ts'
import { clusterOption, duration, port } from './options.ts'
import { loopback, pageAddress } from './serve.ts'

export interface RunFlags {
  every?: number
  cluster?: string
  json?: boolean
  port?: number
  page?: PageAddress
}

export const runFlags = (command: Command): Command =>
  command
    .description('take snapshots and watch on a schedule until you stop the process')
    .addOption(
      new Option('--every <duration>', 'time between two snapshots (default: WATCHDOG_INTERVAL)').argParser(
        duration,
      ),
    )
    .addOption(clusterOption())
    .addOption(new Option('--json', 'print a line of JSON for each snapshot and each watch'))
    .addOption(
      new Option('--port <port>', 'serve /isalive, /isready and /metrics on this port').argParser(port),
    )
    .addOption(
      new Option('--page [address]', 'also serve the page of `serve`, at this address')
        .argParser(pageAddress)
        .preset(`${loopback.host}:${loopback.port}`),
    )
    .addHelpText(
      'after',
      `
A failed snapshot or watch is reported, and the next one starts on schedule. Ctrl-C or SIGTERM ends the process.

Examples:
  $ offset-watchdog run --every 15m`,
    )
