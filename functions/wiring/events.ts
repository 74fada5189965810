import { parsePublished } from '../contracts/events/published.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { eventBus } from '../events/event-bridge.ts'
import type { Events } from '../jobs/ports.ts'
import { publishIncidents } from '../jobs/publish-incidents.ts'
import { publishSnapshot } from '../jobs/publish-snapshot.ts'
import { alertStore } from '../store/alerts.ts'
import { publishedKey } from '../store/keys.ts'
import { openStore } from '../store/objects/open-store.ts'
import { actionsOf, alertsOf, snapshotsOf } from './store.ts'

/** Implementations that exist only in a deployment. */

/** @throws Failure if the deployment has no bus */
export function events(): Events {
  const { EVENT_BUS } = process.env
  if (EVENT_BUS) return eventBus(EVENT_BUS)
  throw new Failure('EVENT_BUS is not set: give the name of an event bus.', { exitCode: 2 })
}

export const publishIncidentsOf = (settings: Settings, cluster: ClusterSettings): Promise<number> =>
  publishIncidents({
    cluster,
    alerts: alertsOf(settings),
    actions: actionsOf(settings),
    published: alertStore(openStore(settings.store), parsePublished, publishedKey),
    snapshots: snapshotsOf(settings),
    events: events(),
    interval: settings.interval,
    now: Date.now(),
  })

export const publishSnapshotOf = (head: SnapshotHead): Promise<void> => publishSnapshot(events(), head)
