import { type Level, levels } from '../model/commit.ts'
import { type Assessment, isAtRisk } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import { shortId } from './keys.ts'
import { lastSeenIfLost } from './losses.ts'

/** The thing that a group may lose: its committed offset, or records that it has not read. */
export const atRisks = ['offset', 'records'] as const
export type AtRisk = (typeof atRisks)[number]

export const atRiskOf = ({ kind }: Pick<Incident, 'kind'>): AtRisk =>
  kind === 'records-deadline' || kind === 'records-loss' ? 'records' : 'offset'

export const isDeadline = ({ kind }: Pick<Incident, 'kind'>): boolean =>
  kind === 'deadline' || kind === 'records-deadline'

/** True for an incident about something that has already happened. */
export const isLoss = ({ kind }: Pick<Incident, 'kind'>): boolean =>
  kind === 'loss' || kind === 'records-loss'

export function newIncident(
  cluster: string,
  kind: Incident['kind'],
  group: string,
  openedAt: number,
): Incident {
  return {
    id: shortId(cluster, kind, group, openedAt),
    kind,
    group,
    openedAt,
    level: null,
    losses: [],
    lostBefore: 0,
    acknowledgedAt: null,
    closed: null,
    summary: null,
  }
}

/**
 * An acknowledged loss of offsets is closed; other incidents stay open and no longer escalate.
 * @param by the person's name, if known
 */
export const asAcknowledged = (incident: Incident, at: number, by: string | undefined): Incident => ({
  ...incident,
  acknowledgedAt: at,
  ...(by !== undefined && { acknowledgedBy: by }),
  closed: incident.kind === 'loss' ? { at, why: 'acknowledged' } : null,
})

/** Undefined if the state does not remember the incident. */
export const incidentOf = ({ incidents }: Pick<AlertState, 'incidents'>, id: string): Incident | undefined =>
  incidents.find(incident => incident.id === id)

/** Order of the levels: from none to the nearest deadline. */
export const levelOrder: readonly (Level | null)[] = [null, ...levels]

export const worstLevel = (reached: readonly (Level | null)[]): Level | null =>
  reached.reduce((a, b) => (levelOrder.indexOf(a) >= levelOrder.indexOf(b) ? a : b), null)

/** The level of the most urgent partition at risk. */
export const levelAmong = (atRisk: AtRisk, assessments: readonly Assessment[]): Level | null =>
  worstLevel(
    atRisk === 'offset'
      ? assessments.filter(isAtRisk).map(({ level }) => level)
      : assessments.filter(({ records }) => records.risk === 'alert').map(({ records }) => records.level),
  )

/**
 * For offsets: `lastSeenAt` of the last loss. For records: the end of the last reading that found more lost records.
 * Without a loss: 0.
 */
export const lastLoss = (atRisk: AtRisk, assessments: readonly Assessment[]): number =>
  assessments
    .map(assessment =>
      atRisk === 'offset' ? lastSeenIfLost(assessment) : (assessment.commit.lostRecords?.lastAt ?? 0),
    )
    .reduce((a, b) => Math.max(a, b), 0)

/** Incidents of other groups that share the message of this incident. @see withNameFamilies */
export const joinedTo = (
  { id }: Pick<Incident, 'id'>,
  { incidents }: Pick<AlertState, 'incidents'>,
): Incident[] => incidents.filter(({ summary }) => summary?.id === id)
