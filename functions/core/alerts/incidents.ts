import { createHash } from 'node:crypto'
import { KEEP_LOST } from '../evidence/observe.ts'
import { type Commit, type Level, levels } from '../model/commit.ts'
import {
  type Assessment,
  type AssessmentContext,
  isRisk,
  LOSS_IS_NEWS,
  levelOf,
  levelOfStopped,
  retentionOf,
  unlessDefect,
} from '../policy.ts'
import type { AlertState, Incident, Resolution, UnknownAgeSummary } from './alert-state.ts'

/** The assessments of each group that has anything to say, or an incident; none of one that is no longer known. */
export type AssessedGroups = ReadonlyMap<string, readonly Assessment[]>

/** How long an incident is remembered after its end, ms: a loss as long as the same one could be found again. */
const keepClosed = { deadline: LOSS_IS_NEWS, loss: KEEP_LOST + LOSS_IS_NEWS }

export interface SettleContext extends AssessmentContext {
  /** The snapshot is older than one that was watched before: it proves no loss, and it ends nothing. */
  isStale: boolean
}

/** Opens, raises and closes incidents by what the newest snapshot says. What is to be posted follows from the result. */
export function settle(state: AlertState, groups: AssessedGroups, context: SettleContext): AlertState {
  const { now, isStale } = context
  const kept = state.incidents.filter(
    ({ kind, closed }) => closed === null || now - closed.at <= keepClosed[kind],
  )
  const followed = kept.map(incident => {
    const assessments = groups.get(incident.group)
    if (incident.closed || assessments === undefined) return incident
    return unlessDefect(incident.group, context, () => follow(incident, assessments, context)) ?? incident
  })

  const incidentsOf = Map.groupBy(followed, ({ group }) => group)
  const opened = [...groups].flatMap(([group, assessments]) => {
    const own = incidentsOf.get(group) ?? []
    const open = () => [
      isStale ? null : openLoss(state.cluster, own, assessments, now),
      openDeadline(state.cluster, own, assessments, context),
    ]
    return unlessDefect(group, context, open) ?? []
  })
  return {
    ...state,
    incidents: [...followed, ...opened.filter(incident => incident !== null)],
    unknownAge: isStale ? state.unknownAge : summarise(state.unknownAge, groups, context),
  }
}

/** One message a cluster, edited ever after: groups of unknown age come and go. */
function summarise(
  summary: UnknownAgeSummary | null,
  groups: AssessedGroups,
  context: AssessmentContext,
): UnknownAgeSummary | null {
  const unknown = [...groups].flatMap(([group, assessments]) => {
    const commits = assessments.filter(({ case: policyCase }) => policyCase === 'unknown-age')
    return commits.length > 0
      ? [
          {
            group,
            knownFrom: commits.reduce((latest, each) => Math.max(latest, knownFrom(each, context)), 0),
          },
        ]
      : []
  })
  if (summary === null && unknown.length === 0) return null
  return {
    groups: unknown.length,
    examples: unknown.slice(0, 10).map(({ group }) => group),
    knownFrom: unknown.reduce((latest, each) => Math.max(latest, each.knownFrom), context.now),
    parent: summary?.parent ?? null,
  }
}

/** By then it has been seen to change, to outlive its retention, or to go. */
function knownFrom({ commit }: Assessment, context: AssessmentContext): number {
  const retention = retentionOf(commit, context)
  const { emptySince, valueSeenAt, runningFrom, seenFrom } = commit
  // What an Empty group commits does not start its clock anew.
  const since = Math.max(emptySince ? -Infinity : valueSeenAt, runningFrom ?? seenFrom)
  return since + (retention?.retention ?? 0) + 2 * (retention?.sweep ?? 0) + context.clockSkew
}

function follow(incident: Incident, assessments: readonly Assessment[], context: SettleContext): Incident {
  const why =
    incident.kind === 'loss'
      ? whyLossIsOver(incident, assessments, context.now)
      : whyDeadlineIsOver(incident, assessments, context)
  if (why && !context.isStale) return { ...incident, closed: { at: context.now, why } }
  return incident.kind === 'loss'
    ? incident
    : { ...incident, level: worst(incident.level, levelAmong(assessments)) }
}

/** What a person can still do something about, before it happens. */
export const isAtRisk = ({ standing }: Assessment): boolean => isRisk(standing)

/** A stopped group has a message at one level only. */
const opensIncident = (assessment: Assessment, interval: number) =>
  isAtRisk(assessment) &&
  (assessment.standing !== 'stopped' ||
    order.indexOf(assessment.level) >= order.indexOf(levelOfStopped(assessment.levels, interval)))

function openDeadline(
  cluster: string,
  own: Incident[],
  assessments: readonly Assessment[],
  { now, interval }: AssessmentContext,
): Incident | null {
  const group = assessments.find(each => opensIncident(each, interval))?.commit.group
  if (group === undefined || own.some(({ kind, closed }) => kind === 'deadline' && closed === null))
    return null
  return {
    ...newIncident(cluster, 'deadline', group, now),
    level: levelAmong(assessments),
    lostBefore: assessments.reduce((latest, each) => Math.max(latest, lostAfter(each)), 0),
  }
}

/** Each loss is told once: an incident holds the partitions that were not in an earlier one. */
function openLoss(
  cluster: string,
  own: Incident[],
  assessments: readonly Assessment[],
  now: number,
): Incident | null {
  const told = new Set(own.flatMap(({ losses }) => losses.map(lossKey)))
  const losses = assessments
    .filter(({ case: policyCase }) => policyCase === 'loss')
    .map(keyOfLoss)
    .filter(key => !told.has(lossKey(key)))
  const group = assessments[0]?.commit.group
  if (group === undefined || losses.length === 0) return null
  return { ...newIncident(cluster, 'loss', group, now), losses }
}

const keyOfLoss = ({ commit, loss }: Assessment): Incident['losses'][number] => ({
  topic: commit.topic,
  partition: commit.partition,
  seenAt: loss?.lastSeenAt ?? commit.seenAt,
})

/** When it was last seen, of what is gone or was; 0 of all else. A group is read as a whole: what is lost later was seen later. */
const lostAfter = ({ commit, loss }: Assessment): number =>
  loss?.lastSeenAt ?? (commit.gone ? commit.seenAt : 0)

const lossKey = ({ topic, partition, seenAt }: Incident['losses'][number]) =>
  `${seenAt} ${partition} ${topic}`

/** The incident's own partitions, as they are now. */
export function lossesOf(incident: Incident, assessments: readonly Assessment[]): Assessment[] {
  const keys = new Set(incident.losses.map(lossKey))
  return assessments.filter(assessment => assessment.loss && keys.has(lossKey(keyOfLoss(assessment))))
}

/** What Slack is told became of them, in short: how many of each outcome. */
export function lossTold(losses: readonly Assessment[]): string {
  const outcomes = Map.groupBy(losses, ({ loss }) => loss?.outcome.kind)
  return [...outcomes]
    .map(([kind, each]) => `${kind} ${each.length}`)
    .sort()
    .join(' ')
}

function whyLossIsOver(
  incident: Incident,
  assessments: readonly Assessment[],
  now: number,
): Resolution | undefined {
  const losses = lossesOf(incident, assessments)
  const outcomes = losses.map(({ loss }) => loss?.outcome.kind)

  if (assessments.some(({ case: policyCase }) => policyCase === 'ignored')) return 'ignored'
  if (losses.length === 0) return 'no-longer-known'
  if (outcomes.every(kind => kind === 'recovered')) return 'recovered'
  if (outcomes.every(kind => kind === 'recovered' || kind === 'caught-up')) return 'caught-up'
  return now - incident.openedAt > LOSS_IS_NEWS ? 'seven-days' : undefined
}

function whyDeadlineIsOver(
  { lostBefore, openedAt }: Incident,
  assessments: readonly Assessment[],
  context: AssessmentContext,
): Resolution | undefined {
  if (assessments.some(assessment => isAtRisk(assessment) || isNear(assessment, context))) return undefined

  const cases = new Set(assessments.map(({ case: policyCase }) => policyCase))
  // What another partition lost before did not end this one, nor did a loss that is put right.
  const since = new Set(
    assessments.filter(each => lostAfter(each) > lostBefore).map(({ case: policyCase }) => policyCase),
  )
  if (cases.has('ignored')) return 'ignored'
  if (since.has('loss') || since.has('loss-stopped')) return 'lost'
  if (since.has('topic-deleted')) return 'topic-deleted'
  if (assessments.every(({ commit }) => commit.gone)) return 'no-longer-known'
  if (cases.has('same-offset')) return 'same-offset-committed'
  if (assessments.some(({ commit }) => commit.ifStopped !== null)) return 'guarded-again'
  // Otherwise the log has grown past the offset, or retention or settings have changed.
  return assessments.some(({ commit }) => lastSeenToCommit(commit) > openedAt)
    ? 'committed-again'
    : 'out-of-danger'
}

/** By a change of what OffsetFetch shows, or by its record; without one `committed` says no more than that it is there. */
const lastSeenToCommit = ({ evidence, committed, valueSeenAt }: Commit): number =>
  evidence === 'exact' ? Math.max(committed.latest, valueSeenAt) : valueSeenAt

/** A tenth beyond the first level: an incident does not close and open again at its edge. */
const isNear = ({ standing, commit, levels }: Assessment, context: AssessmentContext): boolean =>
  standing === 'safe' && levelOf(commit, { ...levels, first: levels.first * 1.1 }, context) !== null

const order: readonly (Level | null)[] = [null, ...levels]

const worst = (a: Level | null, b: Level | null): Level | null =>
  order.indexOf(a) >= order.indexOf(b) ? a : b

const levelAmong = (assessments: readonly Assessment[]): Level | null =>
  assessments
    .filter(isAtRisk)
    .reduce<Level | null>((level, assessment) => worst(level, assessment.level), null)

function newIncident(cluster: string, kind: Incident['kind'], group: string, openedAt: number): Incident {
  const key = JSON.stringify([cluster, kind, group, openedAt])
  return {
    id: createHash('sha256').update(key).digest('hex').slice(0, 12),
    kind,
    group,
    openedAt,
    level: null,
    losses: [],
    lostBefore: 0,
    acknowledgedAt: null,
    closed: null,
    parent: null,
    last: null,
    thread: {},
    summary: null,
  }
}

/**
 * A person has seen it: a loss is closed, an open deadline stays and does not escalate.
 * @returns the state, and the incidents that were acknowledged
 */
export function acknowledge(
  state: AlertState,
  group: string,
  now: number,
): { state: AlertState; acknowledged: Incident[] } {
  const isOpen = (incident: Incident) => incident.group === group && incident.closed === null
  const incidents = state.incidents.map(incident => {
    if (!isOpen(incident)) return incident
    const closed = incident.kind === 'loss' ? { at: now, why: 'acknowledged' as const } : null
    return { ...incident, acknowledgedAt: now, closed }
  })
  return { state: { ...state, incidents }, acknowledged: state.incidents.filter(isOpen) }
}
