import type { Incident } from '../core/alerts/alert-state.ts'
import { iso } from '../core/time.ts'

/** An incident that a person has acknowledged. */
export interface AcknowledgedIncident {
  cluster: string
  incident: Incident
}

/** What `ack --json` prints. */
export const ackJson = (acknowledged: readonly AcknowledgedIncident[]) => ({
  schemaVersion: 1,
  acknowledged: acknowledged.map(({ cluster, incident: { id, kind, group, openedAt } }) => ({
    cluster,
    id,
    kind,
    group,
    openedAt: iso(openedAt),
  })),
})
