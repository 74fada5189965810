import { type Impact, impactOf } from './impact.ts'
import { type Loss, lossOf } from './loss.ts'
import type { BrokerRetention, Commit, Level } from './model.ts'
import { isGuarded, skewOf } from './retention.ts'
import type { IgnoreRule, Levels, PolicySettings } from './settings.ts'

/** Who is told what: the first case that matches a partition wins, in this order (docs/alerts.md). */
export type PolicyCase =
  | 'ignored'
  | 'topic-deleted'
  /** A loss or reset of a group that is in use: its own message, with mention. */
  | 'loss'
  | 'loss-stopped'
  /** Lost long ago, and not put right. */
  | 'loss-settled'
  | 'unknown-age'
  /** Proven to commit the same offset again and again. */
  | 'same-offset'
  | 'simple'
  | 'assign-while-empty'
  | 'beyond-log-end'
  | 'stopped'
  /** A guard holds, and without it the offset would go at the next sweep. */
  | 'protected'
  | 'safe'

export interface Assessment {
  commit: Commit
  case: PolicyCase
  /** How near the deadline is; null where it is further away than the first level, or where there is none. */
  level: Level | null
  /** The levels that hold for this group at its coordinator's retention, ms before the deadline. */
  levels: Levels
  impact: Impact
  loss: Loss | null
  /** What stands in the log at the lost offset. */
  lostImpact: Impact | null
  ignored: IgnoreRule | null
}

/** What the policy needs beside the commit. */
export interface AssessmentContext {
  policy: PolicySettings
  retention: BrokerRetention[]
  /** ms since the epoch. */
  now: number
  clockSkew: number
  /** Losses found before this time are history, ms. */
  newsSince: number
}

/** Assesses all commits of one group together: some cases are properties of the group. */
export function assessGroup(commits: readonly Commit[], context: AssessmentContext): Assessment[] {
  const group = commits[0]?.group ?? ''
  const ignored = ignoreRuleOf(group, context.policy, context.now)
  const assigning = commits.some(commit => commitsWhileEmpty(commit, context.clockSkew))

  return commits.map(commit => {
    const levels = effectiveLevels(levelsOf(group, context.policy), retentionOf(commit, context))
    const level = levelOf(commit, levels, context)
    const loss = lossOf(commit)
    const policyCase = ignored ? 'ignored' : caseOf(commit, loss, level, assigning, context)
    return {
      commit,
      case: policyCase,
      level: hasLevel(policyCase) ? level : null,
      levels,
      impact: impactOf(commit.offset, commit),
      loss,
      lostImpact: loss && impactOf(loss.lost, commit),
      ignored,
    }
  })
}

const hasLevel = (policyCase: PolicyCase) =>
  ['simple', 'assign-while-empty', 'beyond-log-end', 'stopped'].includes(policyCase)

/** How long a loss is news, in ms. */
export const LOSS_IS_NEWS = 7 * 24 * 60 * 60 * 1000

function caseOf(
  commit: Commit,
  loss: Loss | null,
  level: Level | null,
  assigning: boolean,
  { now, newsSince }: AssessmentContext,
): PolicyCase {
  if (commit.gone?.reason === 'topic-deleted') return 'topic-deleted'

  const inUse = isRunning(commit) || commit.kind === 'simple' || assigning
  if (loss && loss.outcome.kind !== 'recovered' && loss.outcome.kind !== 'caught-up') {
    if (loss.lostBy < newsSince) return commit.gone ? 'loss-settled' : 'safe'
    return inUse ? 'loss' : 'loss-stopped'
  }

  const runs = commit.deadline !== null
  if (runs && commit.deadline?.earliest === null) return 'unknown-age'
  if (runs && commit.renewedAt !== null && commit.evidence !== 'exact') return 'same-offset'
  if (level !== null && commit.kind === 'simple') return 'simple'
  if (level !== null && assigning) return 'assign-while-empty'
  if (inUse && commit.logEnd !== null && commit.offset > commit.logEnd) return 'beyond-log-end'
  if (level !== null) return 'stopped'
  if (isGuarded(commit.rule) && commit.ifStopped && (commit.ifStopped.earliest ?? 0) <= now)
    return 'protected'
  return 'safe'
}

/** A group with members. (An Empty one may hide running consumers with manually assigned partitions.) */
const isRunning = (commit: Commit): boolean =>
  commit.state !== 'Empty' && commit.state !== 'Dead' && commit.kind !== 'simple'

/**
 * True where a classic group that has no members was seen to commit after the first reading that saw it Empty: through
 * `assign()`, or by members that come and go between two readings.
 */
function commitsWhileEmpty(commit: Commit, clockSkew: number): boolean {
  const { emptySince, committed, runningFrom } = commit
  if (emptySince === null || committed.earliest === null) return false
  if (committed.earliest > emptySince.latest) return true
  return runningFrom !== null && committed.earliest + clockSkew >= runningFrom
}

export function ignoreRuleOf(group: string, policy: PolicySettings, now: number): IgnoreRule | null {
  const rule = policy.ignore.find(
    ({ pattern, until }) => matches(pattern, group) && now < (until ?? Infinity),
  )
  return rule ?? null
}

/** Whole group ids; `*` stands for any characters. */
export function matches(pattern: string, group: string): boolean {
  const literals = pattern.split('*').map(text => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^${literals.join('.*')}$`, 's').test(group)
}

const levelsOf = (group: string, policy: PolicySettings): Levels =>
  policy.levelsByGroup.find(({ pattern }) => matches(pattern, group))?.levels ?? policy.levels

export const retentionOf = (
  commit: Pick<Commit, 'coordinator'>,
  { retention }: Pick<AssessmentContext, 'retention'>,
): BrokerRetention | undefined => retention.find(({ broker }) => broker === commit.coordinator)

/** Where retention is short against the levels, they become 50 %, 20 % and 5 % of it. */
export function effectiveLevels(levels: Levels, retention: BrokerRetention | undefined): Levels {
  const length = retention?.retention ?? null
  if (length === null || levels.first <= length / 2) return levels
  return { first: length * 0.5, second: length * 0.2, last: length * 0.05 }
}

export function levelOf(
  { deadline, evidence }: Pick<Commit, 'deadline' | 'evidence'>,
  levels: Levels,
  { now, clockSkew }: Pick<AssessmentContext, 'now' | 'clockSkew'>,
): Level | null {
  const left = timeLeft({ deadline, evidence }, now, clockSkew)
  if (left === null || left > levels.first) return null
  if (left > levels.second) return 'first'
  return left > levels.last ? 'second' : 'last'
}

/** ms until a sweep may delete it, at the earliest; negative once that is past; null where no deadline is known. */
export const timeLeft = (
  { deadline, evidence }: Pick<Commit, 'deadline' | 'evidence'>,
  now: number,
  clockSkew: number,
): number | null =>
  deadline === null || deadline.earliest === null
    ? null
    : deadline.earliest - skewOf(evidence, clockSkew) - now
