import { oneError } from '../core/model/failure.ts'
import { publishIncidentsOf } from '../wiring/events.ts'
import { pingAfter } from '../wiring/ping.ts'
import { watchCluster } from '../wiring/watch.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, logger, metrics } from './lambda.ts'

export const handler = lambda(async (event: unknown, { signal }) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings, cluster } = await deployed(name)

  // Slack and webhooks do not depend on the event bus: if one of the three is down, the others still get their
  // messages.
  const [watched] = await Promise.allSettled([watchCluster(settings, cluster, signal)])
  if (watched.status === 'fulfilled') {
    metrics.addMetric('Watched', 'Count', 1)
    metrics.addMetric('OpenIncidents', 'Count', watched.value.openIncidents)
  }
  const [published] = await Promise.allSettled([publishIncidentsOf(settings, cluster)])
  if (watched.status === 'rejected' || published.status === 'rejected') throw oneError([watched, published])
  if (watched.value.takenAt === null) return
  const failure = await pingAfter('watch', name, settings)
  if (failure) logger.warn(failure)
})
