import { unlessDefect } from '../defect.ts'
import { KEEP_LOST } from '../evidence/observe.ts'
import { hasUnread } from '../impact.ts'
import { isFromSlack } from '../model/settings.ts'
import {
  type Assessment,
  ignoreRuleOf,
  isAtRisk,
  isStepBackNews,
  LOSS_IS_NEWS,
  levelOfStopped,
} from '../policy.ts'
import { ignoredBy } from './actions.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import {
  type AtRisk,
  asAcknowledged,
  atRiskOf,
  isDeadline,
  lastLoss,
  levelAmong,
  levelOrder,
  newIncident,
  worstLevel,
} from './incident.ts'
import { lossKey, storedLoss } from './losses.ts'
import { openNeverCommitted } from './never-committed.ts'
import { counted, mayOpenRecords, openRecordsLoss, withRecordsSnapshot } from './records-losses.ts'
import { resolutionOf } from './resolution.ts'

/**
 * Assessments by group. The map has each group with an incident or with something to report. The list is empty if the
 * group is no longer known.
 */
export type AssessedGroups = ReadonlyMap<string, readonly Assessment[]>

/** ms for which a closed incident is remembered. For a loss: as long as the same loss could be found again. */
const keepClosed = ({ kind }: Incident): number => (kind === 'loss' ? KEEP_LOST + LOSS_IS_NEWS : LOSS_IS_NEWS)

/** Opens, escalates and closes incidents. */
export function withIncidents(before: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const state = withRecordsSnapshot(before, context)
  const kept = state.incidents.filter(
    incident => incident.closed === null || context.now - incident.closed.at <= keepClosed(incident),
  )
  const followed = kept.map(incident => {
    const assessments = groups.get(incident.group)
    if (incident.closed || assessments === undefined) return incident
    const make = () => withRule(follow(incident, assessments, context), context)
    return unlessDefect(incident.group, context, make) ?? incident
  })

  const incidentsOf = Map.groupBy(followed, ({ group }) => group)
  const opened = [...groups].flatMap(([group, assessments]) => {
    const make = () => open(state, group, incidentsOf.get(group) ?? [], assessments, context)
    return unlessDefect(group, context, make) ?? []
  })
  const uncommitted = openNeverCommitted({ ...state, incidents: followed }, context)
  return { ...state, incidents: [...followed, ...opened, ...uncommitted] }
}

function follow(before: Incident, assessments: readonly Assessment[], context: AlertContext): Incident {
  // Time alone brings the deadline of an offset closer. Everything else needs a new snapshot.
  if (context.isStale && before.kind !== 'deadline') return before
  const { recordsLost } = before
  const incident = recordsLost
    ? { ...before, recordsLost: counted(before, recordsLost, assessments, context) }
    : before
  const why = context.isStale ? undefined : resolutionOf(incident, assessments, context)
  if (why) return { ...incident, closed: { at: context.now, why } }
  if (!isDeadline(incident)) return incident
  return { ...incident, level: worstLevel([incident.level, levelAmong(atRiskOf(incident), assessments)]) }
}

/** A group without any commit has no assessment, so the rule is looked up by the group's name. */
function withRule(incident: Incident, { policy, now }: AlertContext): Incident {
  const rule = ignoreRuleOf(incident.group, policy, now)
  return incident.closed?.why === 'ignored' && isFromSlack(rule)
    ? { ...incident, ignoredBy: ignoredBy(rule) }
    : incident
}

/** @param known all incidents of the group */
function open(
  state: AlertState,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident[] {
  const { cluster } = state
  const { now, interval, isStale } = context
  const isOpen = (kind: Incident['kind']) =>
    known.some(incident => incident.kind === kind && incident.closed === null)
  const openDeadline = (
    kind: 'deadline' | 'records-deadline',
    isDue: (assessment: Assessment) => boolean,
  ) => {
    if (isOpen(kind) || !assessments.some(isDue)) return []
    const [level, lostBefore] = [
      levelAmong(atRiskOf({ kind }), assessments),
      lastLoss(atRiskOf({ kind }), assessments),
    ]
    return [{ ...newIncident(cluster, kind, group, now), level, lostBefore }]
  }

  const losses = isStale ? [] : newLosses(known, assessments, context)
  const ofOffsets = [
    ...(losses.length > 0 ? [{ ...newIncident(cluster, 'loss', group, now), losses }] : []),
    ...openDeadline('deadline', assessment => opensIncident(assessment, interval)),
  ]
  // While a loss of records is open, no second incident of records opens: further losses add to its total.
  if (!mayOpenRecords(state) || isOpen('records-loss')) return ofOffsets
  const recordsLoss = openRecordsLoss(cluster, group, known, assessments, context)
  return [
    ...ofOffsets,
    ...(recordsLoss
      ? [recordsLoss]
      : openDeadline('records-deadline', ({ records }) => records.risk === 'alert')),
  ]
}

/** Each loss belongs to one incident. A new incident takes only partitions that no earlier incident has. */
function newLosses(
  known: readonly Incident[],
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident['losses'] {
  const told = new Set(known.flatMap(({ losses }) => losses.map(lossKey)))
  return assessments
    .filter(assessment => assessment.case === 'loss' || isStepBackNews(assessment, context))
    .map(storedLoss)
    .filter(loss => !told.has(lossKey(loss)))
}

/** A stopped group has its own message only if it has an owner and unread records. The digest lists the others. */
export const hasOwnMessage = ({ standing, owner, impact }: Assessment): boolean =>
  standing !== 'stopped' || (owner !== null && hasUnread(impact))

/** A stopped group opens an incident only once it has reached the level of stopped groups (levelOfStopped). */
const opensIncident = (assessment: Assessment, interval: number) =>
  isAtRisk(assessment) &&
  hasOwnMessage(assessment) &&
  (assessment.standing !== 'stopped' ||
    levelOrder.indexOf(assessment.level) >= levelOrder.indexOf(levelOfStopped(assessment.levels, interval)))

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
