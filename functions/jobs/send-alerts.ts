import {
  type AlertmanagerAlert,
  alertmanagerAlertOf,
  type SentAlerts,
} from '../contracts/events/alertmanager-alert.ts'
import { type DueEvent, eventTypesOf, idOf, isHeld } from '../contracts/events/due-events.ts'
import { severities } from '../contracts/events/event.ts'
import { type AlertState, emptyAlertState } from '../core/alerts/alert-state.ts'
import type { Failure } from '../core/model/failure.ts'
import { iso } from '../core/time.ts'
import { type EventMaker, eventMaker } from './event-maker.ts'
import { type AlertReceiver, type Alerts, Conflict, type SentAlertsStore } from './ports.ts'
import { mustBeSent } from './publish-snapshot.ts'

export interface SendAlerts extends EventMaker {
  alerts: Pick<Alerts, 'read'>
  sent: SentAlertsStore
  receiver: AlertReceiver
  /** Address of this repository; undefined: alerts have no link. */
  docs: string | undefined
}

/** Alertmanager resolves an alert after this number of intervals without a run. */
const INTERVALS = 4
const ATTEMPTS = 3

/** Alerts by the id of their incident or trouble. */
type Firing = SentAlerts['firing']

/**
 * Sends the alerts of each open incident and trouble in each run, since Alertmanager resolves an alert that is not
 * repeated. Sends the end of each earlier alert that no longer fires. Alerts are saved before they are sent, so that
 * their end is sent even if this run dies.
 * @returns number of alerts that are firing
 * @throws Failure if Alertmanager does not accept them, or one cannot be made
 */
export async function sendAlerts(job: SendAlerts): Promise<number> {
  let ours: Firing = {}
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(job, ours, sent => {
        ours = sent
      })
    } catch (error) {
      // Another run has sent alerts at the same time. The next attempt includes the alerts of both runs.
      if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
    }
  }
}

async function sendOnce(job: SendAlerts, ours: Firing, onSaved: (sent: Firing) => void): Promise<number> {
  const { cluster, alerts, sent, receiver, interval, now } = job
  const stored = await sent.read(cluster.name)
  const state = (await alerts.read(cluster.name))?.state ?? emptyAlertState(cluster.name)
  const before = merged(stored?.state.firing ?? {}, ours)
  const { firing, left } = await firingOf(state, before, job)
  const all = merged(before, firing)
  const open = Object.values(firing).flat()
  const isOpen = new Set(open.map(labelsOf))
  const ended = Object.values(all)
    .flat()
    .filter(alert => !isOpen.has(labelsOf(alert)))

  const save = async (next: Firing, current: Firing, version: string | undefined) =>
    JSON.stringify(next) === JSON.stringify(current)
      ? version
      : sent.write(cluster.name, { schemaVersion: 1, firing: next }, version)
  const version = await save(all, stored?.state.firing ?? {}, stored?.version)
  onSaved(all)
  if (open.length + ended.length > 0)
    await receiver.send([
      ...open.map(alert => ({ ...begun(alert, now), endsAt: iso(now + INTERVALS * interval) })),
      ...ended.map(alert => ({ ...begun(alert, now), endsAt: iso(now) })),
    ])
  await save(firing, all, version)
  mustBeSent(left, open.length + left.length)
  return open.length
}

/** The alerts that should be firing, and why some alerts cannot be made. Such an alert stays as it was sent. */
async function firingOf(
  state: AlertState,
  before: Firing,
  job: SendAlerts,
): Promise<{ firing: Firing; left: { why: Failure }[] }> {
  const due = [
    ...state.incidents
      .filter(({ closed }) => closed === null)
      .map((incident): DueEvent => {
        return {
          id: incident.id,
          type: eventTypesOf[incident.kind].opens,
          action: 'opened',
          stage: '',
          subject: { incident, isForgotten: false },
        }
      }),
    ...state.troubles
      .filter(({ over }) => over === null)
      .map((trouble): DueEvent => {
        const id = idOf(trouble)
        return { id, type: 'Watchdog Trouble', action: 'opened', stage: '', subject: { trouble } }
      }),
  ]
  const groups = new Set(state.incidents.map(({ group }) => group))
  const make = eventMaker(job, state, groups)
  const firing: Firing = {}
  const left: { why: Failure }[] = []
  for (const dueEvent of due) {
    const known = before[dueEvent.id] ?? []
    // Alertmanager would resolve a firing alert that is left out during the silence.
    if ('incident' in dueEvent.subject && isHeld(state, dueEvent.subject.incident, job.now)) {
      if (known.length > 0) firing[dueEvent.id] = known
      continue
    }
    const { event, why } = await make(dueEvent, highestOf(known))
    const alert = event && alertmanagerAlertOf(event, job.docs)
    if (why) left.push({ why })
    const current = alert ? withLesser(alert, known) : known
    if (current.length > 0) firing[dueEvent.id] = current
  }
  return { firing, left }
}

/** Alertmanager refuses an alert that ends before it starts. A clock that was ahead may have opened the incident. */
const begun = (alert: AlertmanagerAlert, now: number): AlertmanagerAlert => ({
  ...alert,
  startsAt: iso(Math.min(now, Date.parse(alert.startsAt))),
})

const labelsOf = ({ labels }: AlertmanagerAlert): string =>
  JSON.stringify(labels, Object.keys(labels).toSorted())

const withoutSeverity = (alert: AlertmanagerAlert): string =>
  labelsOf({ ...alert, labels: { ...alert.labels, severity: '' } })

const highestOf = (alerts: readonly AlertmanagerAlert[]) =>
  severities.findLast(severity => alerts.some(({ labels }) => labels.severity === severity))

/**
 * Alertmanager routes by labels, and the severity is a label. So an incident that gets worse gets an additional alert
 * and keeps the others.
 */
function withLesser(alert: AlertmanagerAlert, known: readonly AlertmanagerAlert[]): AlertmanagerAlert[] {
  const reached = known.filter(other => withoutSeverity(other) === withoutSeverity(alert))
  return severities
    .filter(severity => [alert, ...reached].some(({ labels }) => labels.severity === severity))
    .map(severity => ({ ...alert, labels: { ...alert.labels, severity } }))
}

function merged(a: Firing, b: Firing): Firing {
  const ids = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(
    [...ids].map(id => {
      const alerts = new Map([...(a[id] ?? []), ...(b[id] ?? [])].map(alert => [labelsOf(alert), alert]))
      return [id, [...alerts.values()]]
    }),
  )
}
