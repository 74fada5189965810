import { type Command, Option } from 'commander'
import { auditJson } from '../../contracts/audit.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { actionsSince } from '../../wiring/ignores.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption, pastTime } from '../flags/options.ts'
import { print, printJson } from '../terminal/output.ts'
import { auditView } from '../views/audit.ts'

export const addAudit = (program: Command) =>
  program
    .command('audit')
    .description('list the actions that people took on incidents, by button or by command')
    .addOption(
      new Option('--since <time>', 'only actions from this time on, ISO 8601 with zone')
        .argParser(pastTime)
        .makeOptionMandatory(),
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 2 usage or settings, 3 failed.

Examples:
  $ offset-watchdog audit --since 2026-11-22T00:00Z
  $ offset-watchdog audit --since 2026-11-22T00:00Z --cluster prod --json`,
    )
    .action(async ({ since, cluster, json }: AuditOptions) => {
      const settings = settingsOfEnvironment()
      const actions = await actionsSince(settings, await withSnapshots(settings, cluster), since)
      if (json) printJson(auditJson(actions))
      else print(auditView(actions, Date.now()))
    })

interface AuditOptions {
  since: number
  cluster?: string
  json?: boolean
}
