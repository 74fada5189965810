import type { Settings } from '../core/model/settings.ts'
import { type AcknowledgedIncident, type Acknowledgement, acknowledgeGroup } from '../jobs/acknowledge.ts'
import { actionsOf, alertsOf } from './store.ts'

export const acknowledgeIn = (
  settings: Settings,
  clusters: readonly string[],
  group: string,
  acknowledgement: Acknowledgement,
): Promise<AcknowledgedIncident[]> =>
  acknowledgeGroup(
    { alerts: alertsOf(settings), actions: actionsOf(settings) },
    clusters,
    group,
    Date.now(),
    acknowledgement,
  )
