import type { Incident } from '../core/alerts/alert-state.ts'
import { acknowledge as acknowledgeIn } from '../core/alerts/incidents.ts'
import { Failure } from '../core/model/failure.ts'
import { AlertStateSession } from './alert-state-session.ts'
import type { Alerts } from './ports.ts'

/**
 * A person has seen a group's open incidents: a loss closes; a deadline stays open and no longer escalates. Slack shows
 * it after the next watch.
 * @returns the incidents that were open
 */
export async function acknowledge(
  alerts: Alerts,
  cluster: string,
  group: string,
  now: number,
  by?: string,
): Promise<Incident[]> {
  const session = await AlertStateSession.open(alerts, cluster)
  const { acknowledged } = await session.update(state => acknowledgeIn(state, group, now, by))
  return acknowledged
}

/** An incident that a person has acknowledged, and its cluster. */
export interface AcknowledgedIncident {
  cluster: string
  incident: Incident
}

/**
 * The same in each of the clusters.
 * @throws Failure if the group has no open incident in any of them
 */
export async function acknowledgeGroup(
  alerts: Alerts,
  clusters: readonly string[],
  group: string,
  now: number,
  by: string,
): Promise<AcknowledgedIncident[]> {
  const acknowledged: AcknowledgedIncident[] = []
  for (const cluster of clusters) {
    const incidents = await acknowledge(alerts, cluster, group, now, by)
    acknowledged.push(...incidents.map(incident => ({ cluster, incident })))
  }
  if (acknowledged.length > 0) return acknowledged
  throw new Failure(
    `group ${JSON.stringify(group)} has no open incident in ${clusters.join(', ')}: there is nothing to acknowledge.`,
  )
}
