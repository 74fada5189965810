import { type Command, Option } from 'commander'
import { clusterOption, duration, port } from './options.ts'

export interface RunFlags {
  every?: number
  cluster?: string
  json?: boolean
  port?: number
}

export const runFlags = (command: Command): Command =>
  command
    .description('snapshot and watch on a schedule, in this process, until it is stopped')
    .addOption(
      new Option('--every <duration>', 'time between two snapshots (default: WATCHDOG_INTERVAL)').argParser(
        duration,
      ),
    )
    .addOption(clusterOption())
    .addOption(new Option('--json', 'print a line of JSON for each snapshot and each watch'))
    .addOption(new Option('--port <port>', 'serve /isalive, /isready and /metrics there').argParser(port))
    .addHelpText(
      'after',
      `
A run that fails is told, and the next one comes all the same. Ctrl-C or SIGTERM ends it.

Examples:
  $ offset-watchdog run --every 15m`,
    )
