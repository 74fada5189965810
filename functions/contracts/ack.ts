import { atRiskOf } from '../core/alerts/incident.ts'
import { iso } from '../core/time.ts'
import type { AcknowledgedIncident } from '../jobs/acknowledge.ts'
import { subjectKindOf } from './events/incident-events.ts'

/** Output of `ack --json`. */
export const ackJson = (acknowledged: readonly AcknowledgedIncident[]) => ({
  schemaVersion: 1,
  acknowledged: acknowledged.map(({ cluster, incident }) => ({
    cluster,
    id: incident.id,
    kind: subjectKindOf(incident),
    atRisk: atRiskOf(incident),
    group: incident.group,
    openedAt: iso(incident.openedAt),
  })),
})
