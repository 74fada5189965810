import type { Alerts } from './ports.ts'

/** The group of an incident; undefined if the alert state does not remember the incident. */
export async function groupOfIncident(
  alerts: Pick<Alerts, 'read'>,
  cluster: string,
  id: string,
): Promise<string | undefined> {
  const found = await alerts.read(cluster)
  return found?.state.incidents.find(incident => incident.id === id)?.group
}
