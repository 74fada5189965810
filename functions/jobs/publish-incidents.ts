import type { WatchdogEvent } from '../contracts/events/event.ts'
import { dueTypes, type IncidentType, incidentEvent, toldBy } from '../contracts/events/incident-events.ts'
import type { Incident } from '../core/alerts/alert-state.ts'
import type { CommitTable } from '../core/columns/commit-table.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { assessGroup, newsSince } from '../core/policy.ts'
import type { Alerts, Snapshots } from './ports.ts'
import { BusFailure, type Events, type PublishedStore } from './ports.ts'
import { PublishProgress } from './publish-progress.ts'
import { mustBeSent } from './publish-snapshot.ts'

export interface PublishIncidents {
  cluster: ClusterSettings
  alerts: Pick<Alerts, 'read'>
  published: PublishedStore
  snapshots: Pick<Snapshots, 'newest'>
  events: Events
  /** ms */
  clockSkew: number
  /** ms between two snapshots. */
  interval: number
  /** ms since the epoch */
  now: number
}

/** After so many events it is saved that they were published. */
const BATCH = 100

interface DueEvent {
  incident: Incident
  type: IncidentType
}

/**
 * Publishes what has become of the incidents since the last time. An event may come twice, with the same id, and none
 * is left out: what was not accepted is due in the next run.
 *
 * @returns number of events that were accepted
 * @throws Failure about the events that could not be made or sent, after all others were published
 */
export async function publishIncidents(job: PublishIncidents): Promise<number> {
  const { cluster, alerts, events } = job
  // In this order: an incident that is told here and is not among the incidents was forgotten, and is not a new one.
  const progress = await PublishProgress.open(job.published, cluster.name)
  const state = (await alerts.read(cluster.name))?.state
  const incidents = state?.incidents ?? []
  const known = new Set(incidents.map(({ id }) => id))
  const forgotten = new Set(Object.keys(progress.told).filter(id => !known.has(id)))

  const dueNow = () => incidents.flatMap(incident => dueOf(incident, progress))
  const isDue = new Set(dueNow().map(({ incident }) => incident))
  const quiet = incidents.filter(incident => !isDue.has(incident))
  await progress.save(new Map(quiet.map(incident => [incident.id, toldBy(incident)])), forgotten)
  if (isDue.size === 0) return 0

  const make = await eventMaker(job, state?.watched ?? null, new Set([...isDue].map(({ group }) => group)))
  const tried = new Set<string>()
  const left: { why: Failure }[] = []
  let accepted = 0
  for (;;) {
    const batch = dueNow()
      .filter(due => !tried.has(eventKey(due)))
      .slice(0, BATCH)
    if (batch.length === 0) break
    for (const due of batch) tried.add(eventKey(due))

    const made = batch.map(make)
    const unsent = await events.publish(made.flatMap(({ event }) => event ?? []))
    const unsentEvents = new Set(unsent.map(({ event }) => event))
    const sent = made.filter(({ event }) => event && !unsentEvents.has(event))
    await progress.save(
      new Map(sent.map(({ incident, type }) => [incident.id, toldBy(incident, type)])),
      forgotten,
    )
    accepted += sent.length
    left.push(...made.flatMap(({ why }) => (why ? { why } : [])), ...unsent)
    if (unsent.some(({ why }) => why instanceof BusFailure)) break
  }
  mustBeSent(left, accepted + left.length)
  return accepted
}

/** Only the first event of an incident: the one after it waits until this one is accepted. */
function dueOf(incident: Incident, { told }: PublishProgress): DueEvent[] {
  const [type] = dueTypes(incident, told[incident.id])
  return type ? [{ incident, type }] : []
}

const eventKey = ({ incident, type }: DueEvent) => `${incident.id} ${type}`

/** Makes events of the newest snapshot, which is read once. What cannot be made has the reason in its place. */
async function eventMaker(
  { cluster, snapshots, clockSkew, interval, now }: PublishIncidents,
  watched: number | null,
  groups: ReadonlySet<string>,
): Promise<(due: DueEvent) => DueEvent & { event?: WatchdogEvent; why?: Failure }> {
  const { name, policy } = cluster
  const snapshot = await snapshots.newest(name)
  if (!snapshot) {
    throw new Failure(
      `cluster "${name}" has no usable snapshot, so no event of its incidents was published. The next run tries again.`,
    )
  }
  const { retention, takenAt } = snapshot.head
  const context = { policy, retention, now, clockSkew, interval, newsSince: newsSince(now, null) }
  const rows = rowsOf(groups, snapshot.commits)

  return due => {
    const { incident, type } = due
    // An older snapshot than the one that was watched does not have the loss, or the offset after it.
    if (type !== 'Offsets Expiring' && watched !== null && takenAt < watched) {
      const why = new Failure(
        `"${type}" ${incident.id} waits for a snapshot that is not older than the last one watched.`,
      )
      return { ...due, why }
    }
    try {
      const commits = rows.get(incident.group)?.map(row => snapshot.commits.at(row)) ?? []
      const assessments = assessGroup(commits, context)
      return { ...due, event: incidentEvent(type, incident, { cluster: name, takenAt, assessments }) }
    } catch (cause) {
      const why = new Failure(
        `"${type}" ${incident.id} cannot be made: ${String(cause)}. Please report it.`,
        { cause },
      )
      return { ...due, why }
    }
  }
}

/** Where the commits of these groups are in the table. */
function rowsOf(groups: ReadonlySet<string>, { length, columns }: CommitTable): Map<string, number[]> {
  const rows = new Map<string, number[]>([...groups].map(group => [group, []]))
  for (let row = 0; row < length; row++) rows.get(columns.group_id.get(row) ?? '')?.push(row)
  return rows
}
