import type { Command } from 'commander'
import { chosen, settingsOfEnvironment, snapshotsOf } from '../../wiring/snapshot.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { count } from '../views/format.ts'
import { clusterOption, jsonOption } from './options.ts'

export const addPrune = (program: Command) =>
  program
    .command('prune')
    .description(
      'thin the history: keep a snapshot a day for 13 months, one an hour for 90 days, all for 14 days',
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The newest snapshot always stays. Exit codes: 0 done, 3 failed, 2 usage or settings.

Examples:
  $ offset-watchdog prune`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const snapshots = snapshotsOf(settings)
      const results: { cluster: string; removed: number; kept: number }[] = []
      await forEach(chosen(settings, cluster), async ({ name }) => {
        const { removed, kept } = await snapshots.prune(name, Date.now())
        results.push({ cluster: name, removed, kept })
        if (!json) print(`${name} · ${count(removed, 'snapshot')} removed, ${kept} kept`)
      })
      if (json) printJson({ schemaVersion: 1, clusters: results })
    })
