import { type Command, Option } from 'commander'
import { ackJson } from '../../contracts/ack.ts'
import { type AtRisk, atRisks } from '../../core/alerts/incident.ts'
import { acknowledgeIn } from '../../wiring/ack.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { print, printJson } from '../terminal/output.ts'
import { personAtTerminal } from '../terminal/user-name.ts'
import { ackView } from '../views/ack.ts'

export const addAck = (program: Command) =>
  program
    .command('ack')
    .description(
      'acknowledge the incident of a group: a loss of offsets closes, any other incident stops escalating',
    )
    .argument('<group>', 'group id')
    .addOption(
      new Option(
        '--at-risk <what>',
        'only the incident of the offsets or of the unread records (default: offsets, if they have an incident)',
      ).choices(atRisks),
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 acknowledged, 2 usage or settings, 3 nothing to acknowledge, or failed.

Examples:
  $ offset-watchdog ack orders
  $ offset-watchdog ack orders --cluster prod
  $ offset-watchdog ack orders --at-risk records`,
    )
    .action(async (group: string, { cluster, json, atRisk }: AckOptions) => {
      const settings = settingsOfEnvironment()
      const now = Date.now()
      const clusters = (await withSnapshots(settings, cluster)).map(({ name }) => name)
      const acknowledged = await acknowledgeIn(settings, clusters, group, { atRisk, by: personAtTerminal() })

      if (json) printJson(ackJson(acknowledged))
      else for (const found of acknowledged) print(ackView(found, now))
    })

interface AckOptions {
  cluster?: string
  json?: boolean
  atRisk?: AtRisk
}
