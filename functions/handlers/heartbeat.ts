import { heartbeatOf } from '../wiring/heartbeat.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, metrics } from './lambda.ts'

export const handler = lambda(async (event: unknown) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings } = await deployed(name)
  const age = await heartbeatOf(settings, name)
  metrics.addMetric('Heartbeat', 'Count', 1)
  if (age !== undefined) metrics.addMetric('SnapshotAge', 'Seconds', age / 1000)
})
