import { Failure } from '../../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../../core/model/settings.ts'
import { overviewsOf } from '../../wiring/overview.ts'
import { reportError, warnOfSkipped } from '../terminal/output.ts'
import { openMetrics, openMetricsType } from '../views/openmetrics.ts'

/** The metrics of these clusters. A cluster without a usable snapshot does not hide the others. */
export function metricsOf(settings: Settings, clusters: readonly ClusterSettings[]) {
  const read = overviewsOf(settings, warnOfSkipped)
  return async () => {
    const known = await Promise.all(
      clusters.map(async cluster => {
        const overview = await read(cluster).catch(error => {
          if (!(error instanceof Failure)) throw error
          reportError(error)
          return undefined
        })
        return { cluster: cluster.name, overview }
      }),
    )
    return { type: openMetricsType, text: await openMetrics(known, settings.metrics, Date.now()) }
  }
}
