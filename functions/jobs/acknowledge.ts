import type { Incident } from '../core/alerts/alert-state.ts'
import { type AtRisk, incidentOf } from '../core/alerts/incident.ts'
import { acknowledge as acknowledgeIn } from '../core/alerts/incidents.ts'
import { Failure } from '../core/model/failure.ts'
import type { Person } from '../core/model/person.ts'
import { iso } from '../core/time.ts'
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
 * Acknowledges a group's open incidents for a person. A loss of offsets closes. The others stay open and no longer
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
 * @throws Failure if the group has no open incident in any of them, or all are already acknowledged
 */
export async function acknowledgeGroup(
  { alerts, actions }: { alerts: Alerts; actions: Pick<ActionStore, 'record'> },
  clusters: readonly string[],
  group: string,
  now: number,
  acknowledgement: Acknowledgement,
): Promise<AcknowledgedIncident[]> {
  const acknowledged: AcknowledgedIncident[] = []
  const before: AcknowledgedIncident[] = []
  for (const cluster of clusters) {
    const found = await acknowledge(alerts, cluster, group, now, acknowledgement)
    acknowledged.push(...found.acknowledged.map(incident => ({ cluster, incident })))
    before.push(...found.already.map(incident => ({ cluster, incident })))
    await recordActions(alerts, actions, cluster)
  }
  if (acknowledged.length > 0) return acknowledged
  const [first] = before
  if (first) {
    const { acknowledgedAt, acknowledgedBy } = first.incident
    throw new Failure(
      `group ${JSON.stringify(group)} is already acknowledged in ${first.cluster}${acknowledgedBy ? ` by ${JSON.stringify(acknowledgedBy)}` : ''}, ${iso(acknowledgedAt ?? now)}: there is nothing to acknowledge.`,
    )
  }
  const { atRisk } = acknowledgement
  throw new Failure(
    `group ${JSON.stringify(group)} has no open incident${atRisk ? ` of ${nouns[atRisk]}` : ''} in ${clusters.join(', ')}: there is nothing to acknowledge.`,
  )
}
