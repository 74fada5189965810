import type { AlertState, Incident } from './alert-state.ts'

/** What a person does about one incident, by a button. */
export const incidentActions = ['acknowledge', 'undo'] as const
export type IncidentAction = (typeof incidentActions)[number]

/** `none`: it holds already. The others are why nothing changes. */
export const actionOutcomes = ['done', 'none', 'closed', 'superseded', 'forgotten', 'unknown'] as const
export type ActionOutcome = (typeof actionOutcomes)[number]

/** Who has clicked, as Slack says. */
export interface Person {
  id: string
  name: string
  /** Id of the workspace. */
  team: string
}

/** One action of a person, with the incident before and after it. Times are ms since the epoch. */
export interface RecordedAction {
  cluster: string
  at: number
  action: IncidentAction
  by: Person
  incident: string
  group: string | null
  outcome: ActionOutcome
  before: IncidentStanding | null
  after: IncidentStanding | null
}

export type IncidentStanding = Pick<Incident, 'acknowledgedAt' | 'closed'> & { acknowledgedBy: string | null }

export interface ActedState {
  state: AlertState
  outcome: ActionOutcome
  before: Incident | undefined
  after: Incident | undefined
}

/** The state after the action, or the same state where there is nothing to do. @param now ms since the epoch */
export function actedOn(
  state: AlertState,
  id: string,
  action: IncidentAction,
  { now, by }: { now: number; by: string },
): ActedState {
  const before = state.incidents.find(incident => incident.id === id)
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
    const closed = before.kind === 'loss' ? { at: now, why: 'acknowledged' as const } : null
    return changed({ ...before, acknowledgedAt: now, acknowledgedBy: by, closed })
  }
  if (before.acknowledgedAt === null) return unchanged(before.closed === null ? 'none' : 'closed')
  if (before.closed !== null && before.closed.why !== 'acknowledged') return unchanged('closed')
  const next = state.incidents.some(
    ({ group, kind, openedAt }) =>
      group === before.group && kind === before.kind && openedAt > before.openedAt,
  )
  if (next) return unchanged('superseded')
  const { acknowledgedBy: _, ...rest } = before
  const reopened = before.closed === null ? {} : { reopenedAt: now }
  return changed({ ...rest, acknowledgedAt: null, closed: null, ...reopened })
}
