import type { CommitTable } from '../core/columns/commit-table.ts'
import { steppedBackAt } from '../core/evidence/loss.ts'
import type { Commit } from '../core/model/commit.ts'
import { type Assessment, type AssessmentContext, assessGroup } from '../core/policy.ts'

/** Each group's commits with what the policy says of them, one group at a time, in the order of the table. */
export function* assessTable(commits: CommitTable, context: AssessmentContext): Generator<Assessment[]> {
  let group: Commit[] = []
  for (const commit of commits) {
    if (group[0] !== undefined && group[0].group !== commit.group) {
      yield assessGroup(group, context)
      group = []
    }
    group.push(commit)
  }
  if (group.length > 0) yield assessGroup(group, context)
}

export interface Interest {
  /** Groups of which all is wanted, with nothing where the table does not know them. */
  also: ReadonlySet<string>
  /** Whether those are wanted that only the daily digest tells of: what a guard keeps, and what has stepped back. */
  protected: boolean
}

/** Groups that have anything to say, and those asked for. */
export function noteworthy(
  commits: CommitTable,
  context: AssessmentContext,
  interest: Interest,
): Map<string, Assessment[]> {
  const groups = new Map<string, Assessment[]>([...interest.also].map(group => [group, []]))
  for (const assessments of assessTable(commits, context)) {
    const group = assessments[0]?.commit.group ?? ''
    if (interest.also.has(group) || assessments.some(each => isNoteworthy(each, interest)))
      groups.set(group, assessments)
  }
  return groups
}

const isNoteworthy = ({ case: policyCase, commit }: Assessment, interest: Interest) =>
  (policyCase !== 'safe' && policyCase !== 'protected') ||
  (interest.protected && (policyCase === 'protected' || steppedBackAt(commit) !== null))
