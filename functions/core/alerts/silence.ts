import { matches } from '../glob.ts'
import type { PolicySettings } from '../model/settings.ts'
import { type Assessment, LOSS_IS_NEWS, routeOf } from '../policy.ts'
import type { AlertState, Incident, Silence } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { isLostCase } from './digest.ts'
import { isDeadline, isLoss } from './incident.ts'
import type { AssessedGroups } from './incidents.ts'
import { shortId, silenceKey } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { SilenceNotice } from './notice.ts'
import { deadlineNotice, mentions } from './notices.ts'
import { factsOf, wantsMessage } from './summary.ts'

/** The rule behind a silence: it covers the groups that match. Times in ms since the epoch. */
export type SilenceRule = Pick<Silence, 'pattern' | 'from' | 'until' | 'reason'>

export const silenceOf = (cluster: string, rule: SilenceRule, by: string | null): Silence => ({
  id: shortId(cluster, rule.pattern, rule.from, rule.until),
  ...rule,
  by,
  leftOut: [],
})

/** Current silences, including maintenance windows of the settings. */
export function currentSilences(
  { cluster, silences }: Pick<AlertState, 'cluster' | 'silences'>,
  { maintenance = [] }: Pick<PolicySettings, 'maintenance'>,
  now: number,
): Silence[] {
  const windows = maintenance.map(window => silenceOf(cluster, window, null))
  return [...silences.filter(({ by }) => by !== null), ...windows].filter(
    ({ from, until }) => from <= now && now < until,
  )
}

/** Starts silences of maintenance windows, and forgets silences whose end is posted. */
export function withSilences(state: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const { now, policy } = context
  const windows = (policy.maintenance ?? []).map(window => silenceOf(state.cluster, window, null))
  const known = new Set(state.silences.map(({ id }) => id))
  const begun = windows.filter(({ id, from, until }) => from <= now && now < until && !known.has(id))
  const kept = state.silences
    // Without Slack, the end of a silence is never posted. Such a silence is forgotten after LOSS_IS_NEWS, when the
    // state no longer has the events of the silence, either.
    .filter(
      ({ id, until }) => state.messages[silenceKey(id)]?.status !== 'posted' && now - until <= LOSS_IS_NEWS,
    )
    // A window that is no longer in the settings ends now.
    .map(silence =>
      silence.by === null && !windows.some(({ id }) => id === silence.id)
        ? { ...silence, until: Math.min(silence.until, now) }
        : silence,
    )
  const silences = [...kept, ...begun]
  const over = silences.filter(({ until }) => until <= now)
  if (over.length === 0) return { ...state, silences }

  // The message at the end replaces the incident's own message, until the incident changes.
  const incidents = state.incidents.map(incident => {
    const silence = over.find(silence => covers(silence, incident, context))
    if (silence === undefined || incident.summary !== null || !wantsMessage(state, incident, groups))
      return incident
    return { ...incident, summary: { id: silence.id, told: factsOf(incident, groups) } }
  })
  return { ...state, silences, incidents }
}

/** True for a deadline that opened during the silence, in a matching group with the same channel. */
const covers = (silence: Silence, incident: Incident, { policy }: AlertContext): boolean =>
  isDeadline(incident) &&
  isWithin(silence, incident.openedAt) &&
  matches(silence.pattern, incident.group) &&
  routeOf(incident.group, policy)?.channel === routeOf(silence.pattern, policy)?.channel

const isWithin = ({ from, until }: Silence, time: number): boolean => from <= time && time < until

/** One message at the end of each silence reports the events during it. */
export function silenceMessages(
  state: AlertState,
  groups: AssessedGroups,
  context: AlertContext,
): AlertMessage[] {
  return state.silences
    .filter(({ until }) => until <= (context.decidedAt ?? context.now))
    .map(silence => {
      const incidents = state.incidents.filter(
        incident =>
          matches(silence.pattern, incident.group) &&
          (isWithin(silence, incident.openedAt) || isWithin(silence, incident.closed?.at ?? 0)),
      )
      const opened = incidents.filter(isDeadline)
      const open = opened.filter(({ closed }) => closed === null)
      const isUrgent = open.some(incident =>
        mentions(deadlineNotice(state.cluster, incident, groups.get(incident.group) ?? [], context)),
      )
      const openGroups = groupsOf(open)
      const { lost: lostByDigest = [], moved = [] } = Object.groupBy(silence.leftOut, entry =>
        isLostCase(entry.case) ? 'lost' : 'moved',
      )
      const notice: SilenceNotice = {
        type: 'silence',
        cluster: state.cluster,
        takenAt: context.takenAt,
        silence,
        mention: isUrgent,
        open: [...openGroups],
        over: [...groupsOf(opened).difference(openGroups)],
        lost: [
          ...groupsOf([...incidents.filter(isLoss), ...lostByDigest]).union(
            lostWhileStopped(silence, groups),
          ),
        ],
        moved: [...groupsOf(moved)],
      }
      const route = routeOf(silence.pattern, context.policy)
      return alertMessage(silenceKey(silence.id), 'over', { isFinal: true, route, notice })
    })
}

/** Stopped groups that lost offsets, and that have no message of their own. */
function lostWhileStopped(silence: Silence, groups: AssessedGroups): Set<string> {
  const isLost = ({ case: policyCase, commit, loss }: Assessment) =>
    policyCase === 'loss-stopped' && isWithin(silence, commit.gone?.latest ?? loss?.lostBy ?? 0)
  const lost = [...groups].filter(
    ([group, assessments]) => matches(silence.pattern, group) && assessments.some(isLost),
  )
  return new Set(lost.map(([group]) => group))
}

const groupsOf = (entries: readonly { group: string }[]) => new Set(entries.map(({ group }) => group))
