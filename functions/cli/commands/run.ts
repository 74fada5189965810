import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { snapshotJson } from '../../contracts/status.ts'
import { watchJson } from '../../contracts/watch.ts'
import type { ClusterSettings, Settings } from '../../core/model/settings.ts'
import { chosen, settingsOfEnvironment } from '../../wiring/settings.ts'
import { notifierOf, watchCluster } from '../../wiring/watch.ts'
import { type Health, serveHealth } from '../terminal/health.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { forEach, print, printJson } from '../terminal/output.ts'
import { snapshotTitle } from '../views/snapshot.ts'
import { clusterOption, duration, port } from './options.ts'
import { take } from './snapshot.ts'
import { pinged, warnOfInterval } from './warnings.ts'
import { watchView } from './watch.ts'

interface RunFlags {
  every?: number
  cluster?: string
  json?: boolean
  port?: number
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
    .addOption(new Option('--json', 'print a line of JSON for each snapshot and each watch'))
    .addOption(new Option('--port <port>', 'serve /isalive and /isready there').argParser(port))
    .addHelpText(
      'after',
      `
A run that fails is told, and the next one comes all the same. Ctrl-C or SIGTERM ends it.

Examples:
  $ offset-watchdog run --every 15m`,
    )
    .action(async ({ every, cluster, json = false, port }: RunFlags) => {
      const environment = settingsOfEnvironment()
      const settings = { ...environment, interval: every ?? environment.interval }
      const clusters = chosen(settings, cluster)
      for (const watched of clusters) warnOfInterval(settings, watched)
      notifierOf(settings)
      using interruption = untilInterrupted()
      const { signal } = interruption
      const names = clusters.map(({ name }) => name)
      await using health =
        port === undefined
          ? undefined
          : await serveHealth({ port, clusters: names, interval: settings.interval })

      // By a clock that nobody can put back: Date.now() may jump.
      for (let next = performance.now(); !signal.aborted; ) {
        for (const watched of clusters) await snapshotAndWatch(settings, watched, signal, json, health)
        const now = performance.now()
        next = Math.max(next + settings.interval, now + SHORTEST_PAUSE)
        await sleep(Math.min(next - now, settings.interval), undefined, { signal }).catch(() => {})
      }
      process.exitCode = 0
    })

/** ms between two runs, also where one takes longer than the interval. */
const SHORTEST_PAUSE = 1000

/** Watches also where no snapshot could be taken: deadlines pass while Kafka is out of reach, too. */
async function snapshotAndWatch(
  settings: Settings,
  cluster: ClusterSettings,
  signal: AbortSignal,
  json: boolean,
  health: Health | undefined,
): Promise<void> {
  await forEach([cluster], async () => {
    const head = await take(settings, cluster, { signal }).catch(error => {
      health?.attempted('snapshot', cluster.name, false)
      if (!signal.aborted) throw error
    })
    if (!head) return
    health?.attempted('snapshot', cluster.name, true)
    if (json) printJson({ type: 'snapshot', ...snapshotJson(head) })
    else print(snapshotTitle(head, Date.now()))
  })
  await forEach(signal.aborted ? [] : [cluster], async () => {
    const result = await watchCluster(settings, cluster).catch(error => {
      health?.attempted('watch', cluster.name, false)
      throw error
    })
    health?.attempted('watch', cluster.name, true)
    if (result.takenAt === null) return
    await pinged(settings, 'watch', cluster)
    if (json) printJson({ type: 'watch', ...watchJson(result) })
    else print(watchView(result, result.takenAt))
  })
}
