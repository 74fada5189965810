import type { Command } from 'commander'
import type { PruneResult } from '../../jobs/prune.ts'
import { count } from '../../text/count.ts'
import { pruneCluster } from '../../wiring/prune.ts'
import { chosen, settingsOfEnvironment } from '../../wiring/settings.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
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
The newest snapshot always stays, and the last one of each cluster that had the name before. Exit codes: 0 done, 3 failed, 2 usage or settings.

Examples:
  $ offset-watchdog prune`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const results: PruneResult[] = []
      await forEach(chosen(settings, cluster), async ({ name }) => {
        const pruned = await pruneCluster(settings, name)
        const { removed, kept, orphans } = pruned
        results.push(pruned)
        if (json) return
        const others = orphans > 0 ? `, ${count(orphans, 'Parquet file')} without a manifest removed` : ''
        print(`${name} · ${count(removed, 'snapshot')} removed, ${kept} kept${others}`)
      })
      if (json) printJson({ schemaVersion: 1, clusters: results })
    })
