import type { Incident } from '../core/alerts/alert-state.ts'
import { type AtRisk, incidentOf } from '../core/alerts/incident.ts'
import { acknowledge as acknowledgeIn } from '../core/alerts/incidents.ts'
import { Failure } from '../core/model/failure.ts'
import type { Person } from '../core/model/person.ts'
import { AlertStateSession } from './alert-state-session.ts'
import type { ActionStore, Alerts } from './ports.ts'
import { newAction, recordActions, standingOf, withUnrecorded } from './record-actions.ts'

export interface Acknowledgement {
  /**
   * Acknowledges only the incidents of this kind. Undefined: the incidents of offsets; if there are none, those of
   * records.
   */
  atRisk?: AtRisk | undefined
  by: Person
}

/**
 * Acknowledges a group's open incidents for a person. A loss of offsets closes. Other incidents stay open and no longer
 * escalate. Slack shows the change after the next watch. `recordActions` writes the actions to the store.
 * @returns the incidents as they were before, and those that somebody had already acknowledged
 */
export async function acknowledge(
  alerts: Alerts,
  cluster: string,
  group: string,
  now: number,
  { atRisk, by }: Acknowledgement,
): Promise<{ acknowledged: Incident[]; already: Incident[] }> {
  const session = await AlertStateSession.open(alerts, cluster)
  const { acknowledged, already } = await session.update(state => {
    const { state: next, ...found } = acknowledgeIn(state, group, now, by.name, atRisk)
    const actions = found.acknowledged.map(before => {
      const after = incidentOf(next, before.id)
      return acknowledgedAction(cluster, now, by, before, after)
    })
    return { state: withUnrecorded(next, ...actions), ...found }
  })
  return { acknowledged, already }
}

const acknowledgedAction = (
  cluster: string,
  at: number,
  by: Person,
  before: Incident,
  after: Incident | undefined,
) =>
  newAction({
    cluster,
    at,
    action: 'acknowledge',
    by,
    incident: before.id,
    group: before.group,
    before: standingOf(before),
    after: standingOf(after),
  })

const nouns = { offset: 'its offsets', records: 'its unread records' } as const

/** An incident that a person has acknowledged, and its cluster. */
export interface AcknowledgedIncident {
  cluster: string
  incident: Incident
}

/**
 * Acknowledges the group in each of the clusters.
 * @returns the incidents as they were before: one that somebody had acknowledged already keeps that person and time
 * @throws Failure if the group has no open incident in any of them
 */
export async function acknowledgeGroup(
  { alerts, actions }: { alerts: Alerts; actions: Pick<ActionStore, 'record'> },
  clusters: readonly string[],
  group: string,
  now: number,
  acknowledgement: Acknowledgement,
): Promise<AcknowledgedIncident[]> {
  const incidents: AcknowledgedIncident[] = []
  for (const cluster of clusters) {
    const found = await acknowledge(alerts, cluster, group, now, acknowledgement)
    incidents.push(...[...found.acknowledged, ...found.already].map(incident => ({ cluster, incident })))
    await recordActions(alerts, actions, cluster)
  }
  if (incidents.length > 0) return incidents
  const { atRisk } = acknowledgement
  throw new Failure(
    `group ${JSON.stringify(group)} has no open incident${atRisk ? ` of ${nouns[atRisk]}` : ''} in ${clusters.join(', ')}: \`status\` lists the known groups.`,
  )
}
