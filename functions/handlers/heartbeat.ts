import { heartbeat } from '../jobs/heartbeat.ts'
import { snapshotsOf } from '../wiring/snapshot.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, metrics } from './lambda.ts'

export const handler = lambda(async (event: unknown) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings } = await deployed(name)
  const { interval } = settings

  const age = await heartbeat({
    cluster: name,
    snapshots: snapshotsOf(settings),
    interval,
    now: Date.now(),
  })
  metrics.addMetric('Heartbeat', 'Count', 1)
  if (age !== undefined) metrics.addMetric('SnapshotAge', 'Seconds', age / 1000)
})
