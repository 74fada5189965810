import { publishIncidentsOf } from '../wiring/events.ts'
import { watchCluster } from '../wiring/watch.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, metrics } from './lambda.ts'

export const handler = lambda(async (event: unknown) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings, cluster } = await deployed(name)

  // Subscribers hear of it also where Slack is down.
  const [watched] = await Promise.allSettled([watchCluster(settings, cluster)])
  await publishIncidentsOf(settings, cluster)
  if (watched.status === 'rejected') throw watched.reason

  metrics.addMetric('Watched', 'Count', 1)
  metrics.addMetric('OpenIncidents', 'Count', watched.value.openIncidents)
})
