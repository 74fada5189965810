import type { IncidentAction } from '../core/alerts/actions.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type Acted, type ActOnIncident, actOnIncident } from '../jobs/act-on-incident.ts'
import { groupOfIncident } from '../jobs/group-of-incident.ts'
import { type IgnoreIncident, ignoreIncident, unignoreIncident } from '../jobs/ignore-incident.ts'
import { actionsOf, alertsOf, ignoresOf, snapshotsOf } from './store.ts'
import { mustNotify } from './watch.ts'

export const actIn = (
  settings: Settings,
  cluster: ClusterSettings,
  { action, ...asked }: Pick<ActOnIncident, 'incident' | 'by'> & { action: IncidentAction | 'unignore' },
): Promise<Acted> => {
  const job = { ...partsOf(settings, cluster), ...asked }
  return action === 'unignore' ? unignoreIncident(job) : actOnIncident({ ...job, action })
}

export const ignoreIn = (
  settings: Settings,
  cluster: ClusterSettings,
  asked: Pick<IgnoreIncident, 'incident' | 'by' | 'pattern' | 'reason' | 'until'>,
): Promise<Acted> => ignoreIncident({ ...partsOf(settings, cluster), ...asked })

const partsOf = (settings: Settings, cluster: ClusterSettings) => ({
  cluster,
  snapshots: snapshotsOf(settings),
  alerts: alertsOf(settings),
  actions: actionsOf(settings),
  ignores: ignoresOf(settings),
  notifier: mustNotify(settings, cluster.policy.routes),
  interval: settings.interval,
  now: Date.now,
})

export const groupOfIncidentIn = (
  settings: Settings,
  cluster: string,
  id: string,
): Promise<string | undefined> => groupOfIncident(alertsOf(settings), cluster, id)
