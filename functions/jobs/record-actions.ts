import { randomUUID } from 'node:crypto'
import type { AlertState, Incident } from '../core/alerts/alert-state.ts'
import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import { AlertStateSession } from './alert-state-session.ts'
import type { ActionStore, Alerts } from './ports.ts'

/** An action that is not recorded yet. Without other facts it is done, and not about one incident. */
export type NewAction = Pick<RecordedAction, 'cluster' | 'at' | 'action' | 'by'> & Partial<RecordedAction>

export const newAction = (action: NewAction): RecordedAction => ({
  incident: null,
  group: null,
  reason: null,
  outcome: 'done',
  before: null,
  after: null,
  ...action,
  id: randomUUID().replaceAll('-', '').slice(0, 12),
})

/** How an incident stands, in the form of a recorded action. */
export const standingOf = (incident: Incident | undefined): RecordedAction['before'] =>
  incident
    ? {
        acknowledgedAt: incident.acknowledgedAt,
        acknowledgedBy: incident.acknowledgedBy ?? null,
        closed: incident.closed,
      }
    : null

/**
 * The state with actions that are to be recorded. The change and its record are saved together, so neither exists
 * alone.
 */
export const withUnrecorded = (state: AlertState, ...actions: RecordedAction[]): AlertState => ({
  ...state,
  unrecorded: [...state.unrecorded, ...actions],
})

/**
 * Records people's actions, and removes each from the alert state once it is stored. If a run dies or the store
 * refuses, the next run writes the action under the same key.
 */
export async function recordActions(
  alerts: Alerts,
  actions: Pick<ActionStore, 'record'>,
  cluster: string,
): Promise<void> {
  await recordActionsOf(await AlertStateSession.open(alerts, cluster), actions)
}

export async function recordActionsOf(
  session: AlertStateSession,
  actions: Pick<ActionStore, 'record'>,
): Promise<void> {
  const recorded = new Set<string>()
  try {
    for (const action of session.state.unrecorded) {
      await actions.record(action)
      recorded.add(action.id)
    }
  } finally {
    if (recorded.size > 0)
      await session.update(state => ({
        state: { ...state, unrecorded: state.unrecorded.filter(({ id }) => !recorded.has(id)) },
      }))
  }
}
