import { deployed } from './deployed.ts'
import { clusterOf, lambda, metrics } from './lambda.ts'
import { publishIncidentsOf } from './wire-deployed.ts'
import { watchCluster } from './wire-watch.ts'

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
