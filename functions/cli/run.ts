import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import type { ClusterSettings, Settings } from '../core/settings.ts'
import { channelOf, chosen, settingsOfEnvironment, watchCluster } from '../wire.ts'
import { untilInterrupted } from './interruption.ts'
import { clusterOption, duration } from './options.ts'
import { forEach, print } from './output.ts'
import { take } from './snapshot.ts'
import { snapshotTitle } from './snapshot-view.ts'
import { watchView } from './watch.ts'

interface Options {
  every?: number
  cluster?: string
}

export const addRun = (program: Command) =>
  program
    .command('run')
    .description('snapshot and watch on a schedule, in this process, until it is stopped')
    .addOption(
      new Option('--every <duration>', 'time between two snapshots (default: WATCHDOG_INTERVAL)').argParser(
        duration,
      ),
    )
    .addOption(clusterOption())
    .addHelpText(
      'after',
      `
A run that fails is told, and the next one comes all the same. Ctrl-C or SIGTERM ends it.

Examples:
  $ offset-watchdog run --every 15m`,
    )
    .action(async ({ every, cluster }: Options) => {
      const settings = settingsOfEnvironment()
      const clusters = chosen(settings, cluster)
      channelOf(settings)
      using interruption = untilInterrupted()
      const { signal } = interruption

      for (let next = Date.now(); !signal.aborted; ) {
        for (const each of clusters) await snapshotAndWatch(settings, each, signal)
        next = Math.max(next + (every ?? settings.interval), Date.now())
        await sleep(next - Date.now(), undefined, { signal }).catch(() => {})
      }
      process.exitCode = 0
    })

/** Watches also where no snapshot could be taken: deadlines pass while Kafka is out of reach, too. */
async function snapshotAndWatch(
  settings: Settings,
  cluster: ClusterSettings,
  signal: AbortSignal,
): Promise<void> {
  await forEach([cluster], async () => {
    const head = await take(settings, cluster, { signal }).catch(error => {
      if (!signal.aborted) throw error
    })
    if (head) print(snapshotTitle(head, Date.now()))
  })
  await forEach(signal.aborted ? [] : [cluster], async () => {
    const result = await watchCluster(settings, cluster)
    if (result.takenAt !== null) print(watchView(result, result.takenAt))
  })
}
