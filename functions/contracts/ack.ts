import { iso } from '../core/time.ts'
import type { AcknowledgedIncident } from '../jobs/acknowledge.ts'

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
