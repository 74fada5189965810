import type { Silence } from '../core/alerts/alert-state.ts'
import { type SilenceRule, silenceOf } from '../core/alerts/silence.ts'
import { AlertStateSession } from './alert-state-session.ts'
import type { Alerts } from './ports.ts'

/**
 * Nothing but losses is posted about the groups that match, until that time. It takes the place of a silence of the same
 * pattern.
 */
export async function mute(alerts: Alerts, cluster: string, rule: SilenceRule, by: string): Promise<Silence> {
  const session = await AlertStateSession.open(alerts, cluster)
  const silence = silenceOf(cluster, rule, by)
  await session.update(state => {
    const others = state.silences.filter(
      ({ pattern, by, until }) => pattern !== rule.pattern || by === null || until <= rule.from,
    )
    return { state: { ...state, silences: [...others.filter(({ id }) => id !== silence.id), silence] } }
  })
  return silence
}
