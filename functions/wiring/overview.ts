import type { Settings } from '../core/model/settings.ts'
import { MINUTE } from '../core/time.ts'
import { type Overview, type ReadOverview, readOverview } from '../jobs/overview.ts'
import type { StoredCluster } from './clusters.ts'
import { alertsOf, snapshotsOf, withIgnores } from './store.ts'

type Told = Pick<ReadOverview, 'onSkipped' | 'onUnreadableState'>

/**
 * Keeps overviews for a process that serves many requests. A listing shows whether there is a newer snapshot. An
 * overview older than a minute is made again, since a person may have acknowledged a loss; the old one is served in the
 * meantime.
 */
export function overviewsOf(told: Told = {}) {
  const kept = new Map<
    StoredCluster,
    { newest: number | undefined; at: number; overview: Promise<Overview> }
  >()
  const partsOf = oncePerStore(settings => ({
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    interval: settings.interval,
  }))

  return async (stored: StoredCluster): Promise<Overview> => {
    const { cluster, settings } = stored
    const parts = partsOf(settings)
    const now = Date.now()
    const newest = await firstOf(parts.snapshots.timesBack(cluster.name, Infinity))
    const known = kept.get(stored)
    if (known && known.newest === newest && now - known.at < MINUTE) return known.overview

    const overview = withIgnores(settings, cluster).then(withRules =>
      readOverview({ ...told, ...parts, cluster: withRules, now }),
    )
    overview.catch(() => kept.delete(stored))
    kept.set(stored, { newest, at: now, overview })
    return known && known.newest === newest ? known.overview : overview
  }
}

/** The clusters of one store have the same settings, and share one client of the store. */
export function oncePerStore<T>(make: (settings: Settings) => T): (settings: Settings) => T {
  const made = new Map<Settings, T>()
  return settings => {
    const known = made.get(settings) ?? make(settings)
    made.set(settings, known)
    return known
  }
}

async function firstOf<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const first of all) return first
  return undefined
}
