import { KEEP_LOST } from '../evidence/observe.ts'
import { hasUnread } from '../impact.ts'
import type { Level } from '../model/commit.ts'
import { isFromSlack } from '../model/settings.ts'
import {
  type Assessment,
  ignoreRuleOf,
  isRisk,
  isStepBackNews,
  LOSS_IS_NEWS,
  levelOfStopped,
  unlessDefect,
} from '../policy.ts'
import { ignoredBy } from './actions.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { type AtRisk, asAcknowledged, atRiskOf, levelOrder, newIncident, worstLevel } from './incident.ts'
import { lastSeenIfLost, lossKey, lossOf } from './losses.ts'
import { followNeverCommitted, openNeverCommitted } from './never-committed.ts'
import { followRecords, openRecords, withRecordsSnapshot } from './records-incidents.ts'
import { resolutionOf } from './resolution.ts'

/**
 * Assessments by group. The map has each group with an incident or with something to report. The list is empty if the
 * group is no longer known.
 */
export type AssessedGroups = ReadonlyMap<string, readonly Assessment[]>

/** ms for which a closed incident is remembered. For a loss: as long as the same loss could be found again. */
const keepClosed = {
  deadline: LOSS_IS_NEWS,
  loss: KEEP_LOST + LOSS_IS_NEWS,
  'records-deadline': LOSS_IS_NEWS,
  'records-loss': LOSS_IS_NEWS,
  'never-committed': LOSS_IS_NEWS,
}

/** Opens, escalates and closes incidents. */
export function withIncidents(before: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const state = withRecordsSnapshot(before, context)
  const kept = state.incidents.filter(
    ({ kind, closed }) => closed === null || context.now - closed.at <= keepClosed[kind],
  )
  const followed = kept.map(incident => {
    const assessments = groups.get(incident.group)
    if (incident.closed || assessments === undefined) return incident
    const make = () => withRule(follow(incident, assessments, context), context)
    return unlessDefect(incident.group, context, make) ?? incident
  })

  const incidentsOf = Map.groupBy(followed, ({ group }) => group)
  const opened = [...groups].flatMap(([group, assessments]) => {
    const known = incidentsOf.get(group) ?? []
    const open = () => [
      context.isStale ? null : openLoss(state.cluster, group, known, assessments, context),
      openDeadline(state.cluster, group, known, assessments, context),
      ...openRecords(state, group, known, assessments, context),
    ]
    return unlessDefect(group, context, open) ?? []
  })
  const uncommitted = openNeverCommitted({ ...state, incidents: followed }, context)
  return {
    ...state,
    incidents: [...followed, ...opened.filter(incident => incident !== null), ...uncommitted],
  }
}

function follow(incident: Incident, assessments: readonly Assessment[], context: AlertContext): Incident {
  if (incident.kind === 'never-committed') return followNeverCommitted(incident, assessments, context)
  if (atRiskOf(incident) === 'records') return followRecords(incident, assessments, context)
  const why = resolutionOf(incident, assessments, context)
  if (why && !context.isStale) return { ...incident, closed: { at: context.now, why } }
  if (incident.kind === 'loss') return incident
  return { ...incident, level: worstLevel([incident.level, levelAmong(assessments)]) }
}

/** A group without any commit has no assessment, so the rule is looked up by the group's name. */
function withRule(incident: Incident, { policy, now }: AlertContext): Incident {
  const rule = ignoreRuleOf(incident.group, policy, now)
  return incident.closed?.why === 'ignored' && isFromSlack(rule)
    ? { ...incident, ignoredBy: ignoredBy(rule) }
    : incident
}

/** True if a person can still prevent the loss. */
export const isAtRisk = ({ standing }: Assessment): boolean => isRisk(standing)

/** A stopped group has its own message only if it has an owner and unread records. The digest lists the others. */
export const hasOwnMessage = ({ standing, owner, impact }: Assessment): boolean =>
  standing !== 'stopped' || (owner !== null && hasUnread(impact))

/** A stopped group opens an incident only once it has reached the level of stopped groups (levelOfStopped). */
const opensIncident = (assessment: Assessment, interval: number) =>
  isAtRisk(assessment) &&
  hasOwnMessage(assessment) &&
  (assessment.standing !== 'stopped' ||
    levelOrder.indexOf(assessment.level) >= levelOrder.indexOf(levelOfStopped(assessment.levels, interval)))

function openDeadline(
  cluster: string,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  { now, interval }: AlertContext,
): Incident | null {
  if (!assessments.some(assessment => opensIncident(assessment, interval))) return null
  if (known.some(({ kind, closed }) => kind === 'deadline' && closed === null)) return null
  return {
    ...newIncident(cluster, 'deadline', group, now),
    level: levelAmong(assessments),
    lostBefore: assessments.reduce((latest, assessment) => Math.max(latest, lastSeenIfLost(assessment)), 0),
  }
}

/** Each loss belongs to one incident. A new incident takes only partitions that no earlier incident has. */
function openLoss(
  cluster: string,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident | null {
  const told = new Set(known.flatMap(({ losses }) => losses.map(lossKey)))
  const losses = assessments
    .filter(assessment => assessment.case === 'loss' || isStepBackNews(assessment, context))
    .map(lossOf)
    .filter(loss => !told.has(lossKey(loss)))
  return losses.length === 0 ? null : { ...newIncident(cluster, 'loss', group, context.now), losses }
}

const levelAmong = (assessments: readonly Assessment[]): Level | null =>
  worstLevel(assessments.filter(isAtRisk).map(({ level }) => level))

/**
 * Acknowledges the group's open incidents. An incident that is acknowledged keeps the first person and time.
 * @param atRisk limits this to incidents of offsets or of records; undefined: offsets if any are open, else records
 * @param by the person's name, if known
 * @returns the state, the incidents that this call acknowledged, and those that already were
 */
export function acknowledge(
  state: AlertState,
  group: string,
  now: number,
  by?: string,
  atRisk?: AtRisk,
): { state: AlertState; acknowledged: Incident[]; already: Incident[] } {
  const open = state.incidents.filter(incident => incident.group === group && incident.closed === null)
  const meant = atRisk ?? (open.some(incident => atRiskOf(incident) === 'offset') ? 'offset' : 'records')
  const found = open.filter(incident => atRiskOf(incident) === meant)
  const acknowledged = found.filter(({ acknowledgedAt }) => acknowledgedAt === null)
  const already = found.filter(({ acknowledgedAt }) => acknowledgedAt !== null)
  const incidents = state.incidents.map(incident =>
    acknowledged.includes(incident) ? asAcknowledged(incident, now, by) : incident,
  )
  return { state: { ...state, incidents }, acknowledged, already }
}
