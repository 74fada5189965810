import type { ClusterSettings } from '../core/model/settings.ts'
import { assessGroup, newsSince } from '../core/policy.ts'
import type { Snapshot } from '../core/snapshot.ts'
import type { WatchdogEvent } from '../events/event.ts'
import type { Events } from '../events/event-bridge.ts'
import { dueTypes, incidentEvent, type Published, saysOf } from '../events/incident-events.ts'
import type { Alerts } from './ports.ts'

export interface PublishIncidents {
  cluster: ClusterSettings
  alerts: Pick<Alerts, 'read'>
  published: {
    read(cluster: string): Promise<{ state: Published; version: string } | undefined>
    write(cluster: string, state: Published, version: string | undefined): Promise<string>
  }
  snapshots: {
    readGroup(cluster: string, time: number, group: string): Promise<Snapshot | undefined>
  }
  events: Events
  /** ms */
  clockSkew: number
  /** ms between two snapshots. */
  interval: number
  /** ms since the epoch */
  now: number
}

/**
 * Tells subscribers what has become of the incidents since the last time, and then saves that it did: an event may come
 * twice, with the same id, and none is left out, also where an earlier run could not publish it.
 *
 * @returns number of events
 */
export async function publishIncidents({
  cluster,
  alerts,
  published,
  snapshots,
  events,
  clockSkew,
  interval,
  now,
}: PublishIncidents): Promise<number> {
  const { name, policy } = cluster
  const incidents = (await alerts.read(name))?.state.incidents ?? []
  const before = await published.read(name)
  const told = before?.state.told ?? {}
  const changed = incidents.filter(incident => dueTypes(incident, told[incident.id]).length > 0)

  const due: WatchdogEvent[] = []
  for (const incident of changed) {
    const snapshot = await snapshots.readGroup(name, Infinity, incident.group)
    if (!snapshot) continue
    const { retention, takenAt } = snapshot.head
    const context = { policy, retention, now, clockSkew, interval, newsSince: newsSince(now, null) }
    const assessments = assessGroup([...snapshot.commits], context)
    for (const type of dueTypes(incident, told[incident.id])) {
      due.push(incidentEvent(type, incident, { cluster: name, takenAt, assessments }))
    }
  }

  if (due.length > 0) await events.publish(due)
  const next = Object.fromEntries(incidents.map(incident => [incident.id, saysOf(incident)]))
  if (JSON.stringify(next) !== JSON.stringify(told)) {
    await published.write(name, { schemaVersion: 1, told: next }, before?.version)
  }
  return due.length
}
