import type { AlertState, Silence } from '../core/alerts/alert-state.ts'
import { type AtRisk, atRiskOf } from '../core/alerts/incident.ts'
import { lossesOf } from '../core/alerts/losses.ts'
import { lasting } from '../core/evidence/never-committed.ts'
import { matches } from '../core/glob.ts'
import { type Level, levels, type Problem } from '../core/model/commit.ts'
import type { NeverCommitted } from '../core/model/never-committed.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { type Assessment, type AssessmentContext, ignoreRuleOf, isAtRisk } from '../core/policy.ts'
import { isTooOld, type Snapshot, type SnapshotHead } from '../core/snapshot.ts'
import { DAY } from '../core/time.ts'
import { type Assess, assessmentContext, assessTable } from './assess.ts'
import { unknownGroup } from './not-found.ts'

export interface StatusFilter {
  /** A pattern of group ids, in which `*` stands for any characters. */
  group: string | undefined
  /** Selects deadlines at this level or nearer, and losses. */
  level: Level | undefined
  /** Selects only groups that the settings ignore. */
  ignored: boolean
}

/** A snapshot assessed at one time by the policy. Groups without a selected partition are left out. */
export interface Status {
  head: SnapshotHead
  /** In the order of the snapshot: by group, topic and partition. */
  groups: Assessment[][]
  /**
   * Partitions that were without a commit for two intervals. Empty if the filter selects one level, or ignored groups.
   */
  neverCommitted: NeverCommitted[]
}

/** A status, the store of its snapshot, and the silences that hold now. */
export interface StoredStatus extends Status {
  store: string
  silences: Silence[]
}

export interface StatusContext extends Assess {
  cluster: ClusterSettings
}

/** @throws UnknownGroup if no group of the snapshot matches: a typing error must not look like good news */
export function statusOf(
  { head, commits }: Snapshot,
  context: StatusContext,
  selection: StatusFilter,
): Status {
  const { group: pattern, level, ignored } = selection
  const problems = [...head.problems]
  const rules = rulesOf(head, context, problem => problems.push(problem))
  const groups: Assessment[][] = []
  let matched = 0
  for (const assessments of assessTable(commits, rules)) {
    const [first] = assessments
    if (pattern !== undefined && first && !matches(pattern, first.commit.group)) continue
    matched++
    const selected = assessments.filter(
      assessment => (!ignored || assessment.ignored) && (!level || isFound(assessment, level, context.now)),
    )
    if (selected.length > 0) groups.push(selected)
  }
  const neverCommitted = lasting(head, context.interval).filter(
    ({ group }) =>
      (pattern === undefined || matches(pattern, group)) &&
      ignoreRuleOf(group, context.cluster.policy, context.now) === null,
  )
  if (pattern !== undefined && matched + neverCommitted.length === 0)
    throw unknownGroup(pattern, { head, commits })
  const isWanted = level === undefined && !ignored
  return { head: { ...head, problems }, groups, neverCommitted: isWanted ? neverCommitted : [] }
}

/** @param onDefect gets a group that cannot be assessed, as a problem of the snapshot */
export const rulesOf = (
  head: SnapshotHead,
  context: StatusContext,
  onDefect: (problem: Problem) => void,
): AssessmentContext => ({
  ...assessmentContext(head, context, null),
  onDefect: (group, error) => {
    const message = `Group ${JSON.stringify(group)} cannot be shown: ${String(error)}. Please report it.`
    onDefect({ scope: { group }, code: 'unknown', message })
  },
})

/** True if a person has to act on the loss. */
export const isLost = ({ case: policyCase }: Assessment): boolean =>
  policyCase === 'loss' || policyCase === 'loss-stopped'

/**
 * True for a deadline at this level or nearer. A loss, and an offset beyond the log's end, are nearer than any level.
 */
function isFound(assessment: Assessment, least: Level, now: number): boolean {
  const { standing, level, records } = assessment
  if (isLost(assessment) || standing === 'beyond-log-end' || hasLostRecords(assessment, now)) return true
  const found = records.risk === 'alert' ? [level, records.level] : [level]
  return found.some(level => level !== null && levels.indexOf(level) >= levels.indexOf(least))
}

/** True if records were lost within a day, or the offset is still below the log's start. */
function hasLostRecords({ records, commit }: Assessment, now: number): boolean {
  if (records.loss !== 'alert') return false
  const isBelow = commit.logStart !== null && commit.offset < commit.logStart
  return isBelow || now - (commit.lostRecords?.lastAt ?? 0) < DAY
}

/** Leaves out acknowledged findings. Acknowledging a loss does not acknowledge the next deadline. */
export function withoutAcknowledged(groups: Assessment[][], state: AlertState, now: number): Assessment[][] {
  const acknowledged = Map.groupBy(
    state.incidents.filter(({ acknowledgedAt }) => acknowledgedAt !== null),
    ({ group }) => group,
  )
  return groups.flatMap(assessments => {
    const incidents = acknowledged.get(assessments[0]?.commit.group ?? '') ?? []
    const losses = incidents.flatMap(incident => lossesOf(incident, assessments))
    const open = incidents.filter(({ kind, closed }) => closed === null && kind !== 'never-committed')
    const isMuted = (atRisk: AtRisk) => open.some(incident => atRiskOf(incident) === atRisk)
    const [offset, records] = [isMuted('offset'), isMuted('records')]

    const rest = assessments.filter(
      assessment =>
        (isLost(assessment) && !losses.includes(assessment)) ||
        (isAtRisk(assessment) && !offset) ||
        ((assessment.records.risk === 'alert' || hasLostRecords(assessment, now)) && !records),
    )
    return rest.length > 0 ? [rest] : []
  })
}

/**
 * Exit code of `status --check` for one cluster. An old snapshot outranks findings, and findings outrank an incomplete
 * snapshot.
 */
export function checkCode({ head, groups }: Status, now: number, maxAge: number): 0 | 1 | 3 | 4 {
  if (isTooOld(head, now, maxAge)) return 3
  if (groups.length > 0) return 1
  return head.complete ? 0 : 4
}
