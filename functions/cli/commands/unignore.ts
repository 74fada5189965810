import type { Command } from 'commander'
import { ignoresJson } from '../../contracts/ignores.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { unignoreIn } from '../../wiring/ignores.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { print, printJson } from '../terminal/output.ts'
import { personAtTerminal } from '../terminal/user-name.ts'
import { name as formatName } from '../views/format.ts'

export const addUnignore = (program: Command) =>
  program
    .command('unignore')
    .description('end an ignore rule that somebody made in Slack')
    .argument('<pattern>', 'pattern or group of the rule')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 ended, 2 usage or settings, 3 no such rule, or failed.

Examples:
  $ offset-watchdog unignore orders --cluster prod
  $ offset-watchdog unignore 'ci-*'`,
    )
    .action(async (pattern: string, { cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const clusters = (await withSnapshots(settings, cluster)).map(({ name }) => name)
      const ended = await unignoreIn(settings, clusters, pattern, personAtTerminal())
      if (json) printJson(ignoresJson(ended))
      else
        for (const { cluster: target } of ended)
          print(`${target} · ${formatName(pattern)} is no longer ignored`)
    })
