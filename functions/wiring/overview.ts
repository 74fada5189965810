import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { MINUTE } from '../core/time.ts'
import { type Overview, type ReadOverview, readOverview } from '../jobs/overview.ts'
import { alertsOf, snapshotsOf } from './store.ts'

type Told = Pick<ReadOverview, 'onSkipped' | 'onUnreadableState'>

/**
 * Overviews for a process that is asked again and again: a listing finds out whether there is a newer snapshot, and the
 * answer stays for a minute at most, since deadlines come nearer and losses are acknowledged.
 */
export function overviewsOf(settings: Settings, told: Told = {}) {
  const [snapshots, alerts] = [snapshotsOf(settings), alertsOf(settings)]
  const kept = new Map<string, { newest: number | undefined; at: number; overview: Promise<Overview> }>()

  return async (cluster: ClusterSettings): Promise<Overview> => {
    const now = Date.now()
    const newest = await firstOf(snapshots.timesBack(cluster.name, Infinity))
    const known = kept.get(cluster.name)
    if (known && known.newest === newest && now - known.at < MINUTE) return known.overview

    const { clockSkew, interval } = settings
    const overview = readOverview({ ...told, cluster, snapshots, alerts, now, clockSkew, interval })
    kept.set(cluster.name, { newest, at: now, overview })
    overview.catch(() => kept.delete(cluster.name))
    return overview
  }
}

async function firstOf<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const first of all) return first
  return undefined
}
