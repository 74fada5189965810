import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type Acted, type ActOnIncident, actOnIncident } from '../jobs/act-on-incident.ts'
import { groupOfIncident } from '../jobs/group-of-incident.ts'
import { actionsOf, alertsOf, ignoresOf, snapshotsOf } from './store.ts'
import { mustNotify } from './watch.ts'

/** @see actOnIncident */
export const actIn = (
  settings: Settings,
  cluster: ClusterSettings,
  asked: Pick<ActOnIncident, 'incident' | 'action' | 'by'>,
): Promise<Acted> =>
  actOnIncident({
    ...asked,
    cluster,
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    actions: actionsOf(settings),
    ignores: ignoresOf(settings),
    notifier: mustNotify(settings, cluster.policy.routes),
    clockSkew: settings.clockSkew,
    interval: settings.interval,
    now: Date.now,
  })

/** @see groupOfIncident */
export const groupOfIncidentIn = (
  settings: Settings,
  cluster: string,
  id: string,
): Promise<string | undefined> => groupOfIncident(alertsOf(settings), cluster, id)
