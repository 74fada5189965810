import { incidentOf } from '../core/alerts/incident.ts'
import type { Alerts } from './ports.ts'

/** The group of an incident; undefined if the alert state does not remember the incident. */
export async function groupOfIncident(
  alerts: Pick<Alerts, 'read'>,
  cluster: string,
  id: string,
): Promise<string | undefined> {
  const found = await alerts.read(cluster)
  return found && incidentOf(found.state, id)?.group
}
