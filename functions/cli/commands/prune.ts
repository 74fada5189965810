import type { Command } from 'commander'
import { pruneJson } from '../../contracts/prune.ts'
import type { PruneResult } from '../../jobs/prune.ts'
import { withSnapshots } from '../../wiring/clusters.ts'
import { pruneCluster } from '../../wiring/prune.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { pruneView } from '../views/prune.ts'

export const addPrune = (program: Command) =>
  program
    .command('prune')
    .description(
      'remove old snapshots: keep all for 14 days, one an hour for 90 days, one a day for 13 months',
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The newest snapshot always stays, and so does the last one of each earlier cluster of the same name.
Exit codes: 0 done, 2 usage or settings, 3 failed.

Examples:
  $ offset-watchdog prune`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const results: PruneResult[] = []
      await forEach(await withSnapshots(settings, cluster), async ({ name }) => {
        const pruned = await pruneCluster(settings, name)
        results.push(pruned)
        if (!json) print(pruneView(pruned))
      })
      if (json) printJson(pruneJson(results))
    })
