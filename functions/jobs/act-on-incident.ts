import {
  type ActionOutcome,
  actedOn,
  type IncidentAction,
  type IncidentStanding,
  type Person,
} from '../core/alerts/actions.ts'
import type { AlertState, Incident } from '../core/alerts/alert-state.ts'
import { desiredMessages } from '../core/alerts/alerting.ts'
import type { AlertMessage } from '../core/alerts/message.ts'
import { lasting } from '../core/evidence/never-committed.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { assessGroup, newsSince } from '../core/policy.ts'
import { AlertStateSession } from './alert-state-session.ts'
import type { ActionStore, Alerts, Notifier, SlackFailure, SnapshotReader } from './ports.ts'
import { reconcile } from './reconcile.ts'

export interface ActOnIncident {
  cluster: ClusterSettings
  /** Its id. */
  incident: string
  action: IncidentAction
  by: Person
  snapshots: Pick<SnapshotReader, 'readGroup'>
  alerts: Alerts
  actions: ActionStore
  notifier: Notifier
  /** ms */
  clockSkew: number
  /** ms between two snapshots. */
  interval: number
  now: () => number
}

export interface Acted {
  outcome: ActionOutcome
  /** As it is now; undefined where nothing remembers it. */
  incident: Incident | undefined
  /** Messages that Slack did not take; the next watch tries again. */
  failures: SlackFailure[]
}

/**
 * Changes the alert state, writes down who did it, and makes Slack show it at once: otherwise the message would stay as
 * it is until the next watch. Of two clicks one does it, and the other one learns that it is done.
 */
export async function actOnIncident(job: ActOnIncident): Promise<Acted> {
  const { cluster, alerts, actions, notifier, now, by, action } = job
  const session = await AlertStateSession.open(alerts, cluster.name)
  const at = now()
  const { outcome, before, after } = await session.update(state =>
    actedOn(state, job.incident, action, { now: at, by: by.name }),
  )
  await actions.record({
    cluster: cluster.name,
    at,
    action,
    by,
    incident: job.incident,
    group: after?.group ?? null,
    outcome,
    before: before ? standingOf(before) : null,
    after: after ? standingOf(after) : null,
  })
  if (outcome !== 'done' || after === undefined) return { outcome, incident: after, failures: [] }

  const desired = await messagesOf(job, session.state, after.group)
  const { failures } = await reconcile({ session, notifier, desired, now })
  return { outcome, incident: after, failures }
}

const standingOf = ({ acknowledgedAt, acknowledgedBy, closed }: Incident): IncidentStanding => ({
  acknowledgedAt,
  acknowledgedBy: acknowledgedBy ?? null,
  closed,
})

/** The messages of the group's incidents. Summaries and digests are of many groups, and wait for the next watch. */
async function messagesOf(
  { cluster, snapshots, clockSkew, interval, now }: ActOnIncident,
  { watched }: AlertState,
  group: string,
): Promise<(state: AlertState) => AlertMessage[]> {
  const snapshot = await snapshots.readGroup(cluster.name, Infinity, group, {})
  if (snapshot === undefined) return () => []
  const { head, commits } = snapshot
  const context = {
    policy: cluster.policy,
    retention: head.retention,
    now: now(),
    clockSkew,
    newsSince: newsSince(now(), watched),
    interval,
    takenAt: head.takenAt,
    neverCommitted: lasting(head, interval),
    digestAt: 0,
    isStale: watched !== null && head.takenAt < watched,
  }
  const rows = [...commits].filter(commit => commit.group === group)
  const groups = new Map([[group, assessGroup(rows, context)]])
  const weekFacts = () => ({ groups: 0, ignored: 0, nearest: null })
  return state =>
    desiredMessages(state, { head, groups, weekFacts }, { ...context, now: now() }).filter(({ key }) =>
      key.startsWith('incident/'),
    )
}
