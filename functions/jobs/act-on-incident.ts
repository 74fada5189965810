import { type ActedState, actedOn, type IncidentAction } from '../core/alerts/actions.ts'
import type { AlertState, Incident } from '../core/alerts/alert-state.ts'
import { desiredMessages } from '../core/alerts/alerting.ts'
import { incidentOf } from '../core/alerts/incident.ts'
import type { AlertMessage } from '../core/alerts/message.ts'
import type { ActionOutcome, RecordedAction } from '../core/alerts/recorded-action.ts'
import { lasting } from '../core/evidence/never-committed.ts'
import type { Person } from '../core/model/person.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { assessGroup } from '../core/policy.ts'
import { AlertStateSession } from './alert-state-session.ts'
import { assessmentContext } from './assess.ts'
import type { ActionStore, Alerts, IgnoreStore, Notifier, SlackFailure, SnapshotReader } from './ports.ts'
import { reconcile } from './reconcile.ts'
import { newAction, recordActionsOf, standingOf, withUnrecorded } from './record-actions.ts'
import { withSlackIgnores } from './slack-ignores.ts'

export interface OnIncident {
  cluster: ClusterSettings
  /** Id of the incident. */
  incident: string
  by: Person
  snapshots: Pick<SnapshotReader, 'readGroup'>
  alerts: Alerts
  actions: Pick<ActionStore, 'record'>
  ignores: IgnoreStore
  notifier: Notifier
  /** ms between two snapshots. */
  interval: number
  now: () => number
}

export interface ActOnIncident extends OnIncident {
  action: IncidentAction
}

export interface Acted {
  outcome: ActionOutcome
  /** The incident after the action; undefined if the alert state does not remember it. */
  incident: Incident | undefined
  /** Messages that Slack did not take; the next watch tries again. */
  failures: SlackFailure[]
}

/**
 * Acknowledges an incident, or takes the acknowledgement back. Of two clicks at once, one changes the incident, and the
 * other one gets the outcome that it is done already.
 */
export async function actOnIncident({ action, ...job }: ActOnIncident): Promise<Acted> {
  const session = await AlertStateSession.open(job.alerts, job.cluster.name)
  const at = job.now()
  return act(job, session, at, { action, reason: null }, state => {
    const acted = actedOn(state, job.incident, action, { now: at, by: job.by.name })
    return { ...acted, before: standingOf(acted.before), after: standingOf(acted.after) }
  })
}

/** How the incident stood before and after, in the form of a recorded action. */
export type ActedStanding = Omit<ActedState, 'before' | 'after'> & Pick<RecordedAction, 'before' | 'after'>

/**
 * Changes the alert state, records the person's action, and updates Slack at once: otherwise the message would stay the
 * same until the next watch. An action that changes nothing is recorded, too.
 * @throws Failure if the action is done and could not be recorded yet; the next watch records it
 */
export async function act(
  job: OnIncident,
  session: AlertStateSession,
  at: number,
  what: Pick<RecordedAction, 'action' | 'reason'>,
  change: (state: AlertState) => ActedStanding,
): Promise<Acted> {
  const { cluster, actions, by, incident, notifier, now } = job
  const record = (state: AlertState, { outcome, before, after }: ActedStanding) =>
    newAction({
      ...what,
      cluster: cluster.name,
      at,
      by,
      incident,
      group: incidentOf(state, incident)?.group ?? null,
      outcome,
      before,
      after,
    })
  const acted = await session.update(state => {
    const next = change(state)
    return next.outcome === 'done'
      ? { ...next, state: withUnrecorded(next.state, record(state, next)) }
      : next
  })
  const { outcome } = acted
  const after = incidentOf(session.state, incident)
  if (outcome !== 'done' || after === undefined) {
    await actions.record(record(session.state, acted))
    return { outcome, incident: after, failures: [] }
  }
  try {
    const desired = await messagesOf(job, session.state, after.group)
    const { failures } = await reconcile({ session, notifier, desired, now })
    return { outcome, incident: after, failures }
  } finally {
    await recordActionsOf(session, actions)
  }
}

/** The messages of the group's incidents. Summaries and digests cover many groups, and wait for the next watch. */
async function messagesOf(
  { cluster, snapshots, ignores, interval, now }: OnIncident,
  { watched }: AlertState,
  group: string,
): Promise<(state: AlertState) => AlertMessage[]> {
  const snapshot = await snapshots.readGroup(cluster.name, Infinity, group, {})
  if (snapshot === undefined) return () => []
  const { head, commits } = snapshot
  const withRules = await withSlackIgnores(cluster, ignores, now())
  const context = {
    ...assessmentContext(head, { cluster: withRules, interval, now: now() }, watched),
    takenAt: head.takenAt,
    neverCommitted: lasting(head, interval),
    digestAt: 0,
    isStale: watched !== null && head.takenAt < watched,
    decidedAt: watched ?? 0,
  }
  const rows = [...commits].filter(commit => commit.group === group)
  const groups = new Map([[group, assessGroup(rows, context)]])
  const weekFacts = () => ({ groups: 0, ignored: 0, nearest: null })
  return state =>
    desiredMessages(state, { head, groups, weekFacts }, { ...context, now: now() }).filter(({ key }) =>
      key.startsWith('incident/'),
    )
}
