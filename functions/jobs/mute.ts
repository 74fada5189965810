import type { Silence } from '../core/alerts/alert-state.ts'
import { type SilenceRule, silenceOf } from '../core/alerts/silence.ts'
import { matches } from '../core/glob.ts'
import type { Person } from '../core/model/person.ts'
import { AlertStateSession } from './alert-state-session.ts'
import { type UnknownGroup, unknownGroup } from './not-found.ts'
import type { ActionStore, Alerts, StatusSnapshots } from './ports.ts'
import { newAction, recordActionsOf, withUnrecorded } from './record-actions.ts'

/**
 * Adds a silence: until its end, only losses are posted about the matching groups. The new silence replaces an older
 * one of the same pattern and keeps the older start, so that the message at the end covers everything since then.
 * @throws Failure also if the silence is saved and the action could not be recorded yet; the next watch records it
 */
export async function mute(
  { alerts, actions }: { alerts: Alerts; actions: Pick<ActionStore, 'record'> },
  cluster: string,
  rule: SilenceRule,
  by: Person,
): Promise<Silence> {
  const session = await AlertStateSession.open(alerts, cluster)
  const { silence } = await session.update(state => {
    const replaced = state.silences.filter(
      ({ pattern, by, until }) => pattern === rule.pattern && by !== null && until > rule.from,
    )
    const from = Math.min(rule.from, ...replaced.map(known => known.from))
    const leftOut = replaced.flatMap(known => known.leftOut)
    const silence = { ...silenceOf(cluster, { ...rule, from }, by.name), leftOut }
    const others = state.silences.filter(other => !replaced.includes(other) && other.id !== silence.id)
    const action = newAction({
      cluster,
      at: rule.from,
      action: 'mute',
      by,
      reason: rule.reason,
      before: silentUntil(replaced.at(-1)),
      after: silentUntil(silence),
    })
    return { state: withUnrecorded({ ...state, silences: [...others, silence] }, action), silence }
  })
  await recordActionsOf(session, actions)
  return silence
}

const silentUntil = (silence: Silence | undefined) =>
  silence ? { pattern: silence.pattern, until: silence.until } : null

/**
 * Says that no group of the newest snapshot matches a pattern, which may be a typing error; undefined if a group
 * matches.
 */
export async function unmatched(
  snapshots: Pick<StatusSnapshots, 'newest'>,
  cluster: string,
  pattern: string,
): Promise<UnknownGroup | undefined> {
  const snapshot = await snapshots.newest(cluster, {})
  if (!snapshot) return undefined
  const { head, commits } = snapshot
  const groups = [...commits.columns.group_id.strings, ...head.neverCommitted.map(({ group }) => group)]
  return groups.some(group => matches(pattern, group)) ? undefined : unknownGroup(pattern, snapshot)
}
