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
import { mentions, noticeOf } from './notices.ts'
import { isSilenced } from './silenced.ts'
import { factsOf, wantsMessage } from './summary.ts'

/** The rule behind a silence: it covers the groups that match. Times in ms since the epoch. */
export type SilenceRule = Pick<Silence, 'pattern' | 'from' | 'until' | 'reason'>

export const silenceOf = (cluster: string, rule: SilenceRule, by: string | null): Silence => ({
  id: shortId(cluster, rule.pattern, rule.from, rule.until),
  ...rule,
  by,
  leftOut: [],
})

/** The maintenance windows of the settings, as silences. */
const windowsOf = (cluster: string, { maintenance = [] }: Pick<PolicySettings, 'maintenance'>): Silence[] =>
  maintenance.map(window => silenceOf(cluster, window, null))

/** Current silences, including maintenance windows of the settings. */
export function currentSilences(
  { cluster, silences }: Pick<AlertState, 'cluster' | 'silences'>,
  policy: Pick<PolicySettings, 'maintenance'>,
  now: number,
): Silence[] {
  const windows = windowsOf(cluster, policy)
  return [...silences.filter(({ by }) => by !== null), ...windows].filter(
    ({ from, until }) => from <= now && now < until,
  )
}

/** Starts and ends silences of maintenance windows, and forgets silences whose end is posted. */
export function withSilences(state: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const { now, policy } = context
  const windows = windowsOf(state.cluster, policy)
  const silences = withWindows(state, windows, now).filter(silence =>
    isRemembered(silence, state, windows, now),
  )
  const forgotten = new Set(state.silences.map(({ id }) => id)).difference(idsOf(silences))
  const over = silences.filter(({ id, until }) => until <= now && !isEndPosted(id, state))

  // The message at the end replaces the incident's own message, until the incident changes.
  const incidents = state.incidents.map(incident => {
    const { summary, closed } = incident
    const isUntold = summary !== null && closed === null && forgotten.has(summary.id)
    if (isUntold && !isEndPosted(summary.id, state)) return { ...incident, summary: null }
    const silence = over.find(silence => covers(silence, incident, context))
    const isTold = silence === undefined || isSilenced({ silences }, incident.group, context)
    if (isTold || summary !== null || !wantsMessage(state, incident, groups)) return incident
    return { ...incident, summary: { id: silence.id, told: factsOf(incident, groups) } }
  })
  return { ...state, silences, incidents }
}

const idsOf = (silences: readonly Silence[]) => new Set(silences.map(({ id }) => id))

const isEndPosted = (id: string, { messages }: Pick<AlertState, 'messages'>): boolean =>
  messages[silenceKey(id)]?.status === 'posted'

/**
 * The silences, with the current windows of the settings. A window that is no longer in the settings ends now, or
 * continues as a current window with the same pattern, such as a longer one.
 */
function withWindows({ silences }: AlertState, windows: readonly Silence[], now: number): Silence[] {
  const [inSettings, known] = [idsOf(windows), idsOf(silences)]
  const removed = silences.filter(({ id, by, until }) => by === null && until > now && !inSettings.has(id))
  const begun = windows
    .filter(({ id, from, until }) => from <= now && now < until && !known.has(id))
    .map(window => {
      const replaced = removed.filter(({ pattern }) => pattern === window.pattern)
      const from = Math.min(window.from, ...replaced.map(silence => silence.from))
      return { ...window, from, leftOut: replaced.flatMap(({ leftOut }) => leftOut) }
    })
  const isReplaced = (silence: Silence) =>
    removed.includes(silence) && begun.some(({ pattern }) => pattern === silence.pattern)
  const kept = silences.filter(silence => !isReplaced(silence))
  return [
    ...kept.map(silence => (removed.includes(silence) ? { ...silence, until: now } : silence)),
    ...begun,
  ]
}

/**
 * A window of the settings is remembered after its end, since a clock that is set back would begin it again. Without
 * Slack, the end of a silence is never posted. Such a silence is forgotten after LOSS_IS_NEWS, when the state no longer
 * has the events of the silence, either.
 */
function isRemembered(
  { id, until }: Silence,
  state: AlertState,
  windows: readonly Silence[],
  now: number,
): boolean {
  if (windows.some(window => window.id === id)) return true
  return !isEndPosted(id, state) && now - until <= LOSS_IS_NEWS
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
    .filter(({ id, until }) => until <= (context.decidedAt ?? context.now) && !isEndPosted(id, state))
    .map(silence => {
      const incidents = state.incidents.filter(
        incident =>
          matches(silence.pattern, incident.group) &&
          (isWithin(silence, incident.openedAt) || isWithin(silence, incident.closed?.at ?? 0)),
      )
      const opened = incidents.filter(isDeadline)
      const notOver = opened.filter(({ closed }) => closed === null)
      // Another silence still covers the other groups.
      const open = notOver.filter(({ group }) => !isSilenced(state, group, context))
      const urgent = open.filter(incident => {
        const facts = { cluster: state.cluster, assessments: groups.get(incident.group) ?? [], ofGroup: [] }
        return mentions(noticeOf(incident, facts, context))
      })
      const { lost: lostByDigest = [], moved = [] } = Object.groupBy(silence.leftOut, entry =>
        isLostCase(entry.case) ? 'lost' : 'moved',
      )
      const notice: SilenceNotice = {
        type: 'silence',
        cluster: state.cluster,
        takenAt: context.takenAt,
        silence,
        mention: urgent.length > 0,
        open: [...groupsOf(open)],
        over: [...groupsOf(opened).difference(groupsOf(notOver))],
        lost: [
          ...groupsOf([...incidents.filter(isLoss), ...lostByDigest]).union(
            lostWhileStopped(silence, groups),
          ),
        ],
        moved: [...groupsOf(moved)],
      }
      const route = routeOf(silence.pattern, context.policy)
      const mentioned = urgent.map(({ group }) => routeOf(group, context.policy))
      return alertMessage(silenceKey(silence.id), 'over', { isFinal: true, route, mentioned, notice })
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
