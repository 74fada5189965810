import { Failure } from '../../core/model/failure.ts'
import type { MetricsSettings } from '../../core/model/settings.ts'
import type { StoredCluster } from '../../wiring/clusters.ts'
import { overviewsOf } from '../../wiring/overview.ts'
import { reportError, warnOfSkipped } from '../terminal/output.ts'
import { openMetrics, openMetricsType } from '../views/openmetrics.ts'

/** The metrics of these clusters. A cluster without a usable snapshot does not hide the others. */
export function metricsOf(metrics: MetricsSettings, clusters: readonly StoredCluster[]) {
  const read = overviewsOf(warnOfSkipped)
  const hasOneStore = new Set(clusters.map(({ settings }) => settings.store)).size < 2
  return async () => {
    const known = await Promise.all(
      clusters.map(async stored => {
        const overview = await read(stored).catch(error => {
          if (!(error instanceof Failure)) throw error
          reportError(error)
          return undefined
        })
        const { cluster, settings } = stored
        return { cluster: cluster.name, store: hasOneStore ? undefined : settings.store, overview }
      }),
    )
    return { type: openMetricsType, text: await openMetrics(known, metrics, Date.now()) }
  }
}
