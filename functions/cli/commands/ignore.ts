import { type Command, Option } from 'commander'
import { ignoresJson } from '../../contracts/ignores.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { slackRules } from '../../wiring/ignores.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { print, printJson } from '../terminal/output.ts'
import { ignoresView, ignoresYaml } from '../views/ignores.ts'

export const addIgnore = (program: Command) =>
  program
    .command('ignore')
    .description('list the ignore rules that people made in Slack')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addOption(new Option('--export', 'print the rules as YAML for the settings').conflicts('json'))
    .addHelpText(
      'after',
      `
A rule from Slack silences deadlines until its end; losses are still posted.
Rules in the settings come first; this command does not list them.
Exit codes: 0 done, 2 usage or settings, 3 failed.

Examples:
  $ offset-watchdog ignore
  $ offset-watchdog ignore --cluster prod --export`,
    )
    .action(async ({ cluster, json, export: asYaml }: IgnoreOptions) => {
      const settings = settingsOfEnvironment()
      const now = Date.now()
      const found = await slackRules(settings, await withSnapshots(settings, cluster))
      if (json) printJson(ignoresJson(found))
      else print(asYaml ? ignoresYaml(found) : ignoresView(found, now))
    })

interface IgnoreOptions {
  cluster?: string
  json?: boolean
  export?: boolean
}
