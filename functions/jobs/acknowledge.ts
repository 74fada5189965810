import type { Incident } from '../core/alerts/alert-state.ts'
import { acknowledge as acknowledgeIn } from '../core/alerts/incidents.ts'
import { Ledger } from './ledger.ts'
import type { Alerts } from './ports.ts'

/**
 * A person has seen a group's incidents: a loss is closed, an open deadline no longer escalates. Slack shows it after
 * the next watch.
 * @returns the incidents that were open
 */
export async function acknowledge(
  alerts: Alerts,
  cluster: string,
  group: string,
  now: number,
): Promise<Incident[]> {
  const ledger = await Ledger.open(alerts, cluster)
  let acknowledged: Incident[] = []
  await ledger.update(state => {
    const result = acknowledgeIn(state, group, now)
    acknowledged = result.acknowledged
    return result.state
  })
  return acknowledged
}
