import type { Incident } from '../core/alerts/alert-state.ts'
import { acknowledge as acknowledgeIn } from '../core/alerts/incidents.ts'
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
): Promise<Incident[]> {
  const session = await AlertStateSession.open(alerts, cluster)
  const { acknowledged } = await session.update(state => acknowledgeIn(state, group, now))
  return acknowledged
}
