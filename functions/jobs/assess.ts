import type { WeekFacts } from '../core/alerts/week.ts'
import type { CommitTable } from '../core/columns/commit-table.ts'
import { unlessDefect } from '../core/defect.ts'
import { steppedBackAt } from '../core/evidence/loss.ts'
import type { Commit } from '../core/model/commit.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import {
  type Assessment,
  type AssessmentContext,
  assessGroup,
  isStepBackNews,
  newsSince,
} from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'

/** Times in ms. */
export interface Assess {
  cluster: Pick<ClusterSettings, 'policy'>
  /** Between two snapshots. */
  interval: number
  /** Since the epoch. */
  now: number
}

/**
 * The policy's input beside the commits. The snapshot decides the retention and the clock skew: its bounds include them.
 * @param head undefined if no snapshot is usable
 * @param watched start of the last watched snapshot, ms since the epoch
 */
export const assessmentContext = (
  head: Pick<SnapshotHead, 'retention' | 'clockSkew'> | undefined,
  { cluster: { policy }, interval, now }: Assess,
  watched: number | null,
): AssessmentContext => ({
  policy,
  retention: head?.retention ?? [],
  clockSkew: head?.clockSkew ?? 0,
  interval,
  now,
  newsSince: newsSince(now, watched, head?.clockSkew ?? 0),
})

/** Each group's commits with their assessment by the policy, one group at a time, in the order of the table. */
export function* assessTable(commits: CommitTable, context: AssessmentContext): Generator<Assessment[]> {
  for (const group of groupsOf(commits)) {
    const assessments = unlessDefect(group[0]?.group ?? '', context, () => assessGroup(group, context))
    if (assessments) yield assessments
  }
}

function* groupsOf(commits: CommitTable): Generator<Commit[]> {
  let group: Commit[] = []
  for (const commit of commits) {
    if (group[0] !== undefined && group[0].group !== commit.group) {
      yield group
      group = []
    }
    group.push(commit)
  }
  if (group.length > 0) yield group
}

export interface Interest {
  /** Groups that are always included; a group that the table does not know has an empty list. */
  also: ReadonlySet<string>
  /**
   * Includes the cases that only the daily digest mentions: guarded offsets, offsets that stepped back, and unread
   * records of stopped groups.
   */
  protected: boolean
}

/** Groups with anything to report, and those of `also`. */
export function noteworthy(
  commits: CommitTable,
  context: AssessmentContext,
  interest: Interest,
): Map<string, Assessment[]> {
  const groups = new Map<string, Assessment[]>([...interest.also].map(group => [group, []]))
  // A group with a defect must not look like a group that the table does not know.
  const onDefect = (group: string, error: unknown) => {
    if (!context.onDefect) throw error
    groups.delete(group)
    context.onDefect(group, error)
  }
  for (const assessments of assessTable(commits, { ...context, onDefect })) {
    const group = assessments[0]?.commit.group ?? ''
    if (
      interest.also.has(group) ||
      assessments.some(assessment => isNoteworthy(assessment, interest, context))
    )
      groups.set(group, assessments)
  }
  return groups
}

/** Number of groups, number of ignored groups, and the next group to lose its offsets. */
export function weekFacts(commits: CommitTable, context: AssessmentContext): WeekFacts {
  const facts: WeekFacts = { groups: 0, ignored: 0, nearest: null }
  for (const assessments of assessTable(commits, context)) {
    const live = assessments.filter(({ commit }) => commit.gone === null)
    if (live.length === 0) continue
    facts.groups++
    if (live.some(({ ignored }) => ignored !== null)) facts.ignored++
    for (const { commit, ignored } of live) {
      const deadline = commit.deadline?.earliest ?? null
      if (ignored !== null || deadline === null) continue
      if (deadline < (facts.nearest?.deadline ?? Infinity)) facts.nearest = { group: commit.group, deadline }
    }
  }
  return facts
}

const isNoteworthy = (assessment: Assessment, interest: Interest, context: AssessmentContext) => {
  const { case: policyCase, commit, records } = assessment
  return (
    (policyCase !== 'safe' && policyCase !== 'protected') ||
    records.risk === 'alert' ||
    records.loss === 'alert' ||
    (interest.protected && (records.risk === 'digest' || records.loss === 'digest')) ||
    (interest.protected && (policyCase === 'protected' || steppedBackAt(commit) !== null)) ||
    isStepBackNews(assessment, context)
  )
}
