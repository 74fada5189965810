import type { Command } from 'commander'
import type { Route } from '../../core/model/settings.ts'
import { count } from '../../text/count.ts'
import { routesIn } from '../../wiring/settings.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { name } from '../views/format.ts'
import { table } from '../views/table.ts'
import { jsonOption } from './options.ts'

export const addRoutes = (program: Command) =>
  program
    .command('routes')
    .description('check files of routes by themselves, such as the file of one team')
    .argument('<files...>', 'files that `include` names in the settings')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
It needs no other settings, and neither Kafka nor the store. \`doctor\` compares routes with the groups that there are.
Exit codes: 0 the files are right, 2 a file is missing or has a mistake: its setting and line are named.

Examples:
  $ offset-watchdog routes teams/payments.yaml`,
    )
    .action((files: string[], { json }: { json?: boolean }) =>
      forEach(files, async file => {
        const routes = routesIn(file)
        if (json) printJson({ schemaVersion: 1, file, routes: routes.map(routeJson) })
        else print(`${file}: ${count(routes.length, 'route')}\n\n${routesTable(routes)}`)
      }),
    )

const routeJson = ({ pattern, owner, channel, mention }: Route) => ({
  pattern,
  owner: owner ?? null,
  channel: channel ?? null,
  mention: mention ?? null,
})

const routesTable = (routes: readonly Route[]): string =>
  table(
    ['PATTERN', 'OWNER', 'CHANNEL', 'MENTION'],
    routes.map(({ pattern, owner, channel, mention }) => [
      name(pattern),
      owner ?? 'none',
      channel ?? 'the default channel',
      mention ?? 'the default mention',
    ]),
  )
