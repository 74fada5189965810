import { Failure } from '../core/model/failure.ts'
import { publishIncidentsOf } from '../wiring/events.ts'
import { pingAfter } from '../wiring/ping.ts'
import { watchCluster } from '../wiring/watch.ts'
import { deployed } from './deployed-settings.ts'
import { clusterOf, lambda, logger, metrics } from './lambda.ts'

export const handler = lambda(async (event: unknown, { signal }) => {
  const name = clusterOf(event)
  metrics.addDimension('cluster', name)
  const { settings, cluster } = await deployed(name)

  // Subscribers get their events also while Slack is down, and Slack its messages while the event bus is.
  const [watched] = await Promise.allSettled([watchCluster(settings, cluster, signal)])
  if (watched.status === 'fulfilled') {
    metrics.addMetric('Watched', 'Count', 1)
    metrics.addMetric('OpenIncidents', 'Count', watched.value.openIncidents)
  }
  const [published] = await Promise.allSettled([publishIncidentsOf(settings, cluster)])
  const outcomes = [watched, published]
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (errors.length > 0) throw oneError(errors)
  if (watched.status !== 'fulfilled' || watched.value.takenAt === null) return
  const failure = await pingAfter('watch', name, settings)
  if (failure) logger.warn(failure)
})

/** A defect comes first: of it the stack is needed. */
function oneError(errors: unknown[]): unknown {
  const failures = errors.filter(error => error instanceof Failure)
  if (failures.length < errors.length) return errors.find(error => !(error instanceof Failure))
  return new Failure(failures.map(({ message }) => message).join(' '), { cause: failures[0] })
}
