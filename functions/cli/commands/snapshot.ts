import type { Command } from 'commander'
import { snapshotJson } from '../../contracts/status.ts'
import { timings } from '../../timed.ts'
import { configured } from '../../wiring/clusters.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { snapshotView, timingsView } from '../views/snapshot.ts'
import { take } from './round.ts'
import { warnOfInterval } from './warnings.ts'

interface SnapshotFlags {
  cluster?: string
  acceptCluster?: string
  json?: boolean
  timings?: boolean
}

export const addSnapshot = (program: Command) =>
  program
    .command('snapshot')
    .description('read every group of each configured cluster, and store a snapshot of their offsets')
    .option(
      '--accept-cluster <id>',
      'start a new history for a replaced cluster; <id> is the cluster id of the new Kafka',
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .option('--timings', 'show the time of each phase')
    .addHelpText(
      'after',
      `
Exit codes: 0 stored, 2 usage or settings, 3 failed, 4 stored but not complete.

Examples:
  $ KAFKA_BROKERS=localhost:9092 offset-watchdog snapshot
  $ WATCHDOG_CONFIG=watchdog.yaml offset-watchdog snapshot --cluster prod`,
    )
    .action(async ({ cluster, acceptCluster, json, timings: showTimings }: SnapshotFlags) => {
      const settings = settingsOfEnvironment()
      using interruption = untilInterrupted()
      const taken: object[] = []
      await forEach(configured(settings, cluster), async chosenCluster => {
        warnOfInterval(settings, chosenCluster)
        const head = await take(settings, chosenCluster, { signal: interruption.signal, acceptCluster })
        const spent = showTimings && { timings: timings() }
        taken.push({ ...snapshotJson(head), ...spent })
        if (json) return
        print(snapshotView(head, Date.now()))
        if (spent) print(timingsView(spent.timings))
      })
      if (json) printJson({ schemaVersion: 1, snapshots: taken })
    })
