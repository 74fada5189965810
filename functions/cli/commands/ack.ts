import type { Command } from 'commander'
import { ackJson } from '../../contracts/ack.ts'
import type { Incident } from '../../core/alerts/alert-state.ts'
import { Failure } from '../../core/model/failure.ts'
import { acknowledge } from '../../jobs/acknowledge.ts'
import { readable } from '../../wiring/clusters.ts'
import { alertsOf, settingsOfEnvironment } from '../../wiring/snapshot.ts'
import { print, printJson } from '../terminal/output.ts'
import { date, name } from '../views/format.ts'
import { clusterOption, jsonOption } from './options.ts'

export const addAck = (program: Command) =>
  program
    .command('ack')
    .description('say that somebody has seen it: closes a loss, and stops an open deadline from escalating')
    .argument('<group>', 'group id')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 acknowledged, 3 the group has nothing to acknowledge or it failed, 2 usage or settings.

Examples:
  $ offset-watchdog ack orders
  $ offset-watchdog ack orders --cluster prod`,
    )
    .action(async (group: string, { cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const alerts = alertsOf(settings)
      const now = Date.now()

      const acknowledged: { cluster: string; incident: Incident }[] = []
      const names = (await readable(settings, cluster)).map(known => known.name)
      for (const clusterName of names) {
        const incidents = await acknowledge(alerts, clusterName, group, now)
        acknowledged.push(...incidents.map(incident => ({ cluster: clusterName, incident })))
      }
      if (acknowledged.length === 0) {
        throw new Failure(
          `group ${JSON.stringify(group)} has no open incident in ${names.join(', ')}: there is nothing to acknowledge.`,
        )
      }

      if (json) printJson(ackJson(acknowledged))
      else for (const found of acknowledged) print(ackView(found, group, now))
    })

const ackView = (
  { cluster, incident }: { cluster: string; incident: Incident },
  group: string,
  now: number,
) =>
  `${cluster} · ${name(group)} · ${incident.kind} of ${date(incident.openedAt, now)} UTC acknowledged` +
  (incident.kind === 'deadline'
    ? ': it will not escalate; a loss would be posted all the same'
    : ' and closed')
