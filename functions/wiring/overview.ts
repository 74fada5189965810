import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { MINUTE } from '../core/time.ts'
import { type Overview, type ReadOverview, readOverview } from '../jobs/overview.ts'
import { alertsOf, snapshotsOf } from './store.ts'

type Told = Pick<ReadOverview, 'onSkipped' | 'onUnreadableState'>

/**
 * Overviews for a process that is asked again and again. A listing finds out whether there is a newer snapshot. One that
 * is older than a minute is made again, since losses are acknowledged, while its last answer still serves.
 */
export function overviewsOf(settings: Settings, told: Told = {}) {
  const [snapshots, alerts] = [snapshotsOf(settings), alertsOf(settings)]
  const kept = new Map<string, { newest: number | undefined; at: number; overview: Promise<Overview> }>()
  const { clockSkew, interval } = settings

  return async (cluster: ClusterSettings): Promise<Overview> => {
    const now = Date.now()
    const newest = await firstOf(snapshots.timesBack(cluster.name, Infinity))
    const known = kept.get(cluster.name)
    if (known && known.newest === newest && now - known.at < MINUTE) return known.overview

    const overview = readOverview({ ...told, cluster, snapshots, alerts, now, clockSkew, interval })
    overview.catch(() => kept.delete(cluster.name))
    kept.set(cluster.name, { newest, at: now, overview })
    return known && known.newest === newest ? known.overview : overview
  }
}

async function firstOf<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const first of all) return first
  return undefined
}
