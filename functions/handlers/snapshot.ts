import { setFlagsFromString } from 'node:v8'
import { publishSnapshotOf } from '../wiring/events.ts'
import { pingAfter } from '../wiring/ping.ts'
import { snapshotCluster } from '../wiring/snapshot.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, logger, metrics } from './lambda.ts'

// These flags halve the peak memory, as in cli/main.ts.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--no-parallel-scavenge')

export const handler = lambda(async (event: unknown, { signal }) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings, cluster } = await deployed(name)

  const head = await snapshotCluster(settings, cluster, { signal })
  metrics.addMetric('SnapshotTaken', 'Count', 1)
  metrics.addMetric('SnapshotIncomplete', 'Count', head.complete ? 0 : 1)
  metrics.addMetric('SnapshotDuration', 'Milliseconds', head.finishedAt - head.takenAt)

  const failure = head.complete ? await pingAfter('snapshot', name, settings) : undefined
  if (failure) logger.warn(failure)

  // The event is published last: if the bus fails, the snapshot is stored and counted, and watch has its own schedule.
  await publishSnapshotOf(head)
})
