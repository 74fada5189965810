import { type Command, Option } from 'commander'
import { iso } from '../../core/time.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { muteIn } from '../../wiring/mute.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption, silenceEnd } from '../flags/options.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { personAtTerminal } from '../terminal/user-name.ts'
import { date, name } from '../views/format.ts'
import { warnOfUnmatched } from './warnings.ts'

export const addMute = (program: Command) =>
  program
    .command('mute')
    .description('post nothing about some groups for a while, except losses')
    .requiredOption('--group <pattern>', 'the groups to silence; * stands for any characters')
    .addOption(
      new Option('--until <time>', 'end of the silence, ISO 8601 with zone')
        .argParser(silenceEnd)
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'the reason; the message at the end of the silence repeats it')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
One message at the end of the silence says what happened meanwhile.
To end a silence early, mute the same pattern again with --until a minute from now.
Exit codes: 0 muted, 2 usage or settings, 3 failed.

Examples:
  $ offset-watchdog mute --cluster prod --group 'payments-*' --until 2026-12-01T06:00Z --reason 'migration'`,
    )
    .action(async ({ group: pattern, until, reason, cluster, json }: MuteOptions) => {
      const settings = settingsOfEnvironment()
      const from = Date.now()
      await forEach(await withSnapshots(settings, cluster), async ({ name: target }) => {
        const rule = { pattern, from, until, reason }
        const { id, by } = await muteIn(settings, target, rule, personAtTerminal())
        await warnOfUnmatched(settings, target, pattern)
        const muted = { cluster: target, id, group: pattern, until: iso(until), reason, by }
        if (json) printJson({ schemaVersion: 1, ...muted })
        else print(`${target} · ${name(pattern)} is silent until ${date(until, from)} UTC, except for losses`)
      })
    })

interface MuteOptions {
  group: string
  until: number
  reason: string
  cluster?: string
  json?: boolean
}
