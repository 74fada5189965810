import type { Command } from 'commander'
import { watchJson } from '../../contracts/watch.ts'
import { noSnapshot } from '../../jobs/not-found.ts'
import type { WatchedCluster } from '../../jobs/watch-and-tell.ts'
import { configured } from '../../wiring/clusters.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { mustTellSomebody, watchCluster } from '../../wiring/watch.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { watchView } from '../views/watch.ts'
import { pinged, warnOfInterval, withAnsweredButtons } from './warnings.ts'

export const addWatch = (program: Command) =>
  program
    .command('watch')
    .description(
      'compare the newest snapshot with the messages sent so far, and send what is new to Slack and webhooks',
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 everything is sent, 2 usage or settings, 3 failed.

Examples:
  $ offset-watchdog snapshot && offset-watchdog watch`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = withAnsweredButtons(settingsOfEnvironment())
      mustTellSomebody(settings)
      const results: WatchedCluster[] = []
      await forEach(configured(settings, cluster), async chosenCluster => {
        warnOfInterval(settings, chosenCluster)
        const result = await watchCluster(settings, chosenCluster)
        if (result.takenAt === null) throw noSnapshot(chosenCluster.name)
        await pinged(settings, 'watch', chosenCluster)
        results.push(result)
        if (!json) print(watchView(result, result.takenAt))
      })
      if (json) printJson({ schemaVersion: 1, clusters: results.map(watchJson) })
    })
