import type { Command } from 'commander'
import { routesJson } from '../../contracts/routes.ts'
import { routesIn } from '../../wiring/settings.ts'
import { jsonOption } from '../flags/options.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { routesView } from '../views/routes.ts'

export const addRoutes = (program: Command) =>
  program
    .command('routes')
    .description("check files of routes, such as one team's file, without the other settings")
    .argument('<files...>', 'files of routes, as `include` in the settings names them')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The check needs no other settings, no Kafka and no store. \`doctor\` compares routes with the existing groups.
Exit codes: 0 the files are correct, 2 a file is missing or has a mistake: the message names the setting and the line.

Examples:
  $ offset-watchdog routes teams/payments.yaml`,
    )
    .action((files: string[], { json }: { json?: boolean }) =>
      forEach(files, async file => {
        const routes = routesIn(file)
        if (json) printJson(routesJson(file, routes))
        else print(routesView(file, routes))
      }),
    )
