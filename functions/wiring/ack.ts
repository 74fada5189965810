import type { Settings } from '../core/model/settings.ts'
import { type AcknowledgedIncident, acknowledgeGroup } from '../jobs/acknowledge.ts'
import { alertsOf } from './store.ts'

/** @see acknowledgeGroup */
export const acknowledgeIn = (
  settings: Settings,
  clusters: readonly string[],
  group: string,
  by: string,
): Promise<AcknowledgedIncident[]> => acknowledgeGroup(alertsOf(settings), clusters, group, Date.now(), by)
