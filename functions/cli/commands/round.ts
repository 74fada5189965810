import { snapshotJson } from '../../contracts/status.ts'
import { watchJson } from '../../contracts/watch.ts'
import type { ClusterSettings, Settings } from '../../core/model/settings.ts'
import type { SnapshotHead } from '../../core/snapshot.ts'
import { snapshotCluster } from '../../wiring/snapshot.ts'
import { watchCluster } from '../../wiring/watch.ts'
import type { Health } from '../terminal/health.ts'
import { endWith, forEach, print, printJson, progressLine } from '../terminal/output.ts'
import { snapshotTitle } from '../views/snapshot.ts'
import { watchView } from '../views/watch.ts'
import { pinged } from './warnings.ts'

/** Takes one snapshot, and shows its progress on a terminal. */
export async function take(
  settings: Settings,
  cluster: ClusterSettings,
  options: { signal: AbortSignal; acceptCluster?: string | undefined },
): Promise<SnapshotHead> {
  using line = progressLine(cluster.name)
  const head = await snapshotCluster(settings, cluster, { ...options, progress: line.show })
  endWith(head.complete ? 0 : 4)
  if (head.complete) await pinged(settings, 'snapshot', cluster)
  return head
}

/** Watches even if the snapshot failed: deadlines also pass while Kafka is out of reach. */
export async function snapshotAndWatch(
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
