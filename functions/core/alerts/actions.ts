import { matches } from '../glob.ts'
import type { SlackIgnoreRule } from '../model/settings.ts'
import type { AlertState, Incident } from './alert-state.ts'
import { asAcknowledged, atRiskOf, incidentOf, isDeadline, isLoss } from './incident.ts'
import { incidentKeys } from './keys.ts'
import type { ActionOutcome } from './recorded-action.ts'

/** Actions that a person takes on one incident, by a button. */
export type IncidentAction = 'acknowledge' | 'undo'

export interface ActedState {
  state: AlertState
  outcome: ActionOutcome
  before: Incident | undefined
  after: Incident | undefined
}

/**
 * The state after the action, or the same state if nothing changes.
 * @param now ms since the epoch
 */
export function actedOn(
  state: AlertState,
  id: string,
  action: IncidentAction,
  { now, by }: { now: number; by: string },
): ActedState {
  const before = incidentOf(state, id)
  const unchanged = (outcome: ActionOutcome) => ({ state, outcome, before, after: before })
  if (before === undefined) return unchanged('forgotten')
  const changed = (after: Incident): ActedState => ({
    state: { ...state, incidents: state.incidents.map(incident => (incident === before ? after : incident)) },
    outcome: 'done',
    before,
    after,
  })

  if (action === 'acknowledge') {
    if (before.acknowledgedAt !== null) return unchanged('none')
    if (before.closed !== null) return unchanged('closed')
    return changed(asAcknowledged(before, now, by))
  }
  if (before.acknowledgedAt === null) return unchanged(before.closed === null ? 'none' : 'closed')
  if (before.closed !== null && before.closed.why !== 'acknowledged') return unchanged('closed')
  if (hasNewer(state, before)) return unchanged('superseded')
  const { acknowledgedBy: _, ...rest } = before
  const reopened = before.closed === null ? {} : { reopenedAt: now }
  const undone = { at: now, by }
  const acted = changed({ ...rest, acknowledgedAt: null, closed: null, undone, ...reopened })
  return { ...acted, state: { ...acted.state, messages: withRepliesAside(state.messages, id) } }
}

/**
 * The replies before the undo stay in the thread, and move to other keys, so that the next acknowledgement gets new
 * replies.
 */
function withRepliesAside(messages: AlertState['messages'], id: string): AlertState['messages'] {
  const aside = new Map(Object.entries(messages))
  for (const name of ['acknowledged', 'undone', 'closed']) {
    const key = incidentKeys(id).reply(name)
    const posted = aside.get(key)
    if (posted === undefined) continue
    let times = 1
    while (aside.has(`${key}-${times}`)) times++
    aside.set(`${key}-${times}`, posted).delete(key)
  }
  return Object.fromEntries(aside)
}

const hasNewer = ({ incidents }: AlertState, { group, kind, openedAt }: Incident): boolean =>
  incidents.some(other => other.group === group && other.kind === kind && other.openedAt > openedAt)

const isLostSince = ({ incidents }: AlertState, incident: Incident): boolean =>
  isDeadline(incident) &&
  incidents.some(
    other =>
      isLoss(other) &&
      other.group === incident.group &&
      atRiskOf(other) === atRiskOf(incident) &&
      other.openedAt > incident.openedAt,
  )

/** Why a person may not make an ignore rule from this incident; undefined if the rule is allowed. */
export function whyNotIgnored(incident: Incident | undefined): ActionOutcome | undefined {
  if (incident === undefined) return 'forgotten'
  if (incident.closed === null) return undefined
  return incident.closed.why === 'ignored' ? 'none' : 'closed'
}

/**
 * Closes the open incidents of the rule's groups, except losses, as the next watch would.
 * @param now ms since the epoch
 */
export const withIgnored = (state: AlertState, rule: SlackIgnoreRule, now: number): AlertState => ({
  ...state,
  incidents: state.incidents.map(incident =>
    !isLoss(incident) && incident.closed === null && matches(rule.pattern, incident.group)
      ? { ...incident, closed: { at: now, why: 'ignored' }, ignoredBy: ignoredBy(rule) }
      : incident,
  ),
})

/** The part of the rule that the incident keeps after the rule closed it. */
export function ignoredBy(rule: SlackIgnoreRule): NonNullable<Incident['ignoredBy']> {
  const { id, by, pattern, until, reason } = rule
  return { rule: id, name: by.name, pattern, until, reason }
}

/**
 * Reopens the incidents that the rule closed, unless the group has a newer incident of the same kind. A deadline stays
 * closed if the group has lost the offsets or the records since then.
 * @param now ms since the epoch
 */
export const withoutIgnored = (state: AlertState, rule: string, now: number): AlertState => ({
  ...state,
  incidents: state.incidents.map(incident => {
    if (incident.ignoredBy?.rule !== rule || hasNewer(state, incident)) return incident
    const { ignoredBy: _, ...rest } = incident
    return isLostSince(state, incident)
      ? { ...rest, closed: { at: now, why: 'lost' } }
      : { ...rest, closed: null, reopenedAt: now }
  }),
})
