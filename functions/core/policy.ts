import { type Loss, lossOf, stepBackOf, steppedBackAt } from './evidence/loss.ts'
import { skewOf } from './evidence/retention.ts'
import { matches } from './glob.ts'
import { type Impact, impactOf } from './impact.ts'
import {
  type BrokerRetention,
  type Commit,
  isUnsubscribed,
  type Level,
  startsAfterGuard,
} from './model/commit.ts'
import { hasNoMembers } from './model/group-state.ts'
import { isFromSlack, type Levels, type PolicySettings, type Route } from './model/settings.ts'
import { levelsWithin } from './model/working-hours.ts'
import { assessRecords, nothingOfRecords, type RecordsAssessment } from './records-policy.ts'
import { WEEK } from './time.ts'

type AnyIgnoreRule = PolicySettings['ignore'][number]

/** The current state of a committed offset, without its past. */
export type Standing =
  /** The group is in use, and its next start resets the offset, whatever the deadline is. */
  | 'beyond-log-end'
  | 'unknown-age'
  /** The group is proven to commit the same offset repeatedly. */
  | 'same-offset'
  | 'simple'
  | 'assign-while-empty'
  /** The deadline is near and nothing commits: the group has stopped, or has left the topic. */
  | 'stopped'
  /** A guard protects the offset. Without it, the next sweep would delete the offset. */
  | 'protected'
  | 'safe'

/** The case decides the message and its readers. The first case that matches wins, in this order (docs/alerts.md). */
export type PolicyCase =
  /** By a rule of the settings. A rule from Slack matches only after the losses. */
  | 'ignored'
  | 'topic-deleted'
  /** A loss or reset of a group that is in use: a message with a mention. */
  | 'loss'
  | 'loss-stopped'
  /** An old loss whose offset is still gone. */
  | 'loss-settled'
  | Standing

export interface Assessment {
  commit: Commit
  case: PolicyCase
  /** Also set after a loss, since a reset commits an offset with a deadline. Null if the offset is gone or ignored. */
  standing: Standing | null
  /** The level of the deadline; null if the deadline is further away than the first level, or needs no message. */
  level: Level | null
  /** The assessment of the group's unread records. */
  records: RecordsAssessment
  /** The levels of this group, adapted to its coordinator's retention, in ms before the deadline. */
  levels: Levels
  impact: Impact
  loss: Loss | null
  /** The records in the log from the lost offset on. */
  lostImpact: Impact | null
  ignored: AnyIgnoreRule | null
  /** The owner in the group's route; null if the route names none. */
  owner: string | null
}

/** The input of the policy beside the commit. */
export interface AssessmentContext {
  policy: PolicySettings
  retention: BrokerRetention[]
  /** ms since the epoch. */
  now: number
  clockSkew: number
  /** ms since the epoch. Losses found before this time are old. */
  newsSince: number
  /** ms between two snapshots. */
  interval: number
  /** Called if a group's assessment throws, so that the other groups continue. If undefined, the error is thrown. */
  onDefect?: ((group: string, error: unknown) => void) | undefined
}

/** True if even losses are hidden. */
export const isHidden = ({ ignored }: Pick<Assessment, 'ignored'>): boolean =>
  ignored !== null && !isFromSlack(ignored)

/** Assesses all commits of a group together, because some cases are properties of the group. */
export function assessGroup(commits: readonly Commit[], context: AssessmentContext): Assessment[] {
  const group = commits[0]?.group ?? ''
  const ignored = ignoreRuleOf(group, context.policy, context.now)
  const hidesLosses = isHidden({ ignored })
  const assigning = commitsWhileEmpty(commits, context.interval)
  const configured = levelsOf(group, context.policy)
  const alertsOnStepBack = context.policy.stepBackAlerts.some(pattern => matches(pattern, group))
  const { owner = null, hours } = routeOf(group, context.policy) ?? {}
  return commits.map(commit => {
    const { deadline, evidence } = commit
    const end = (deadline?.earliest ?? Infinity) - skewOf(evidence, context.clockSkew)
    const ofRetention = effectiveLevels(configured, retentionOf(commit, context))
    const levels = levelsWithin(end === Infinity ? undefined : hours, ofRetention, end, context.interval)
    const level = levelOf(commit, levels, context)
    const loss = lossOf(commit) ?? (alertsOnStepBack ? stepBackOf(commit) : null)
    const standing = standingOf(commit, level, assigning, context.now)
    const isTold = ignored === null && commit.gone === null
    const records =
      commit.gone !== null || hidesLosses
        ? nothingOfRecords
        : recordsOf(commit, { configured, hours }, isInUse(commit, assigning), context)
    return {
      commit,
      case: hidesLosses
        ? 'ignored'
        : (pastCase(commit, loss, assigning, context.newsSince) ?? (ignored ? 'ignored' : standing)),
      standing: isTold ? standing : null,
      level: isTold && isRisk(standing) ? level : null,
      records: ignored ? { ...records, level: null, risk: 'none' } : records,
      levels,
      impact: impactOf(commit.offset, commit),
      loss,
      lostImpact: loss && impactOf(loss.lost, commit),
      ignored,
      owner,
    }
  })
}

/** ms for which a loss is news. */
export const LOSS_IS_NEWS = WEEK

/** Losses are news since this time (ms): seven days ago or, if earlier, the last watch minus a broker's clock skew. */
export const newsSince = (now: number, watched: number | null, clockSkew: number): number =>
  Math.min(now - LOSS_IS_NEWS, (watched ?? now) - clockSkew)

function pastCase(
  commit: Commit,
  loss: Loss | null,
  assigning: boolean,
  newsSince: number,
): PolicyCase | undefined {
  if (commit.gone?.reason === 'topic-deleted') return 'topic-deleted'
  if (loss === null || loss.outcome.kind === 'recovered' || loss.outcome.kind === 'caught-up')
    return undefined
  if (commit.gone === null && commit.previousCommit?.reason === 'moved-back')
    return (steppedBackAt(commit) ?? 0) >= newsSince ? 'loss' : undefined
  if (Math.max(loss.lostBy, loss.lastSeenAt) >= newsSince)
    return isInUse(commit, assigning) ? 'loss' : 'loss-stopped'
  return commit.gone ? 'loss-settled' : undefined
}

/** A step back opens an incident even if the group has caught up since: the group has read these records twice. */
export const isStepBackNews = (
  { case: policyCase, loss, commit }: Assessment,
  { newsSince }: Pick<AssessmentContext, 'newsSince'>,
): boolean => policyCase !== 'ignored' && loss !== null && (steppedBackAt(commit) ?? 0) >= newsSince

function standingOf(commit: Commit, level: Level | null, assigning: boolean, now: number): Standing {
  const { kind, offset, logEnd, deadline, renewedAt, evidence, ifStopped } = commit
  if (logEnd !== null && offset > logEnd && isInUse(commit, assigning)) return 'beyond-log-end'
  if (deadline !== null && deadline.earliest === null) return 'unknown-age'
  if (deadline !== null && renewedAt !== null && evidence !== 'exact') return 'same-offset'
  if (level !== null && kind === 'simple') return 'simple'
  if (level !== null && assigning) return 'assign-while-empty'
  if (level !== null) return 'stopped'
  return ifStopped !== null && (ifStopped.earliest ?? 0) <= now && !hasGrace(commit) ? 'protected' : 'safe'
}

/** True if the offset stays for a whole retention after the group stops, because the clock starts at the stop. */
const hasGrace = ({ rule, expiresAt }: Commit) => startsAfterGuard(rule) && expiresAt === null

/** Why a group needs a person. Each cause has its own guidance. */
export type Cause = 'simple' | 'assign-while-empty' | 'beyond-log-end' | 'stopped'

const isRisk = (standing: Standing | null): standing is Cause =>
  standing === 'simple' ||
  standing === 'assign-while-empty' ||
  standing === 'beyond-log-end' ||
  standing === 'stopped'

/** True if a person can still prevent the loss. */
export const isAtRisk = (assessment: Assessment): assessment is Assessment & { standing: Cause } =>
  isRisk(assessment.standing)

/**
 * True if nobody uses the group any more. Consumers of a simple group are never members, and a group that keeps
 * committing has not stopped.
 */
export const hasStopped = ({ commit, standing }: Assessment): boolean =>
  commit.gone !== null ||
  (commit.kind !== 'simple' && hasNoMembers(commit) && standing !== 'assign-while-empty')

/** An Empty group may hide consumers with manually assigned partitions. A group with members may have left a topic. */
function isInUse({ kind, state, rule }: Commit, assigning: boolean): boolean {
  if (kind === 'simple' || assigning) return true
  return state !== 'Empty' && state !== 'Dead' && !isUnsubscribed(rule)
}

/**
 * True if an Empty classic group keeps committing: through `assign()`, by a tool that copies offsets, or by members
 * that come and go between two readings. One commit, or several at once, may be a person who sets the offsets.
 */
function commitsWhileEmpty(commits: readonly Commit[], interval: number): boolean {
  const seen = commits.flatMap(({ outsideCommits }) => outsideCommits ?? [])
  const first = seen.reduce((earliest, outside) => Math.min(earliest, outside.first), Infinity)
  const last = seen.reduce((latest, outside) => Math.max(latest, outside.last), -Infinity)
  return last - first >= interval
}

/** The first rule that matches; rules of the settings come before rules from Slack. */
export function ignoreRuleOf(group: string, policy: PolicySettings, now: number): AnyIgnoreRule | null {
  const rule = policy.ignore.find(
    ({ pattern, until }) => matches(pattern, group) && now < (until ?? Infinity),
  )
  return rule ?? null
}

const levelsOf = (group: string, policy: PolicySettings): Levels =>
  policy.levelsByGroup.find(({ pattern }) => matches(pattern, group))?.levels ?? policy.levels

/** The first route that matches; null for the default channel. */
export const routeOf = (group: string, { routes }: PolicySettings): Route | null =>
  routes.find(({ pattern }) => matches(pattern, group)) ?? null

export const ownerOfGroup = (group: string, policy: PolicySettings): string | null =>
  routeOf(group, policy)?.owner ?? null

export const retentionOf = (
  commit: Pick<Commit, 'coordinator'>,
  { retention }: Pick<AssessmentContext, 'retention'>,
): BrokerRetention | undefined => retention.find(({ broker }) => broker === commit.coordinator)

/**
 * The first level at which a stopped group gets a message: normally the last one. If a level is shorter than the
 * interval, a run may miss that level, so the nearest earlier level that is long enough is used.
 */
export function levelOfStopped({ second, last }: Levels, interval: number): Level {
  if (interval <= last) return 'last'
  return interval <= second ? 'second' : 'first'
}

/**
 * The shortest last level of any group, ms.
 * @param retention of a broker, ms; null if unlimited or unknown
 */
export const shortestLast = ({ levels, levelsByGroup }: PolicySettings, retention: number | null): number =>
  Math.min(
    ...[levels, ...levelsByGroup.map(override => override.levels)].map(
      groupLevels => effectiveLevels(groupLevels, { retention }).last,
    ),
  )

/** The longest first level of any group, ms. */
export const longestFirst = ({ levels, levelsByGroup }: PolicySettings): number =>
  Math.max(levels.first, ...levelsByGroup.map(override => override.levels.first))

/** If the first level is longer than half of the retention, the levels become 50 %, 20 % and 5 % of the retention. */
export function effectiveLevels(
  levels: Levels,
  retention: Pick<BrokerRetention, 'retention'> | undefined,
): Levels {
  const length = retention?.retention ?? null
  if (length === null || levels.first <= length / 2) return levels
  return { first: length * 0.5, second: length * 0.2, last: length * 0.05 }
}

/** The broker's clock may be ahead of ours, so the clock skew is subtracted from the time left. */
export function levelOf(
  { deadline, evidence }: Pick<Commit, 'deadline' | 'evidence'>,
  levels: Levels,
  { now, clockSkew }: Pick<AssessmentContext, 'now' | 'clockSkew'>,
): Level | null {
  const left = timeLeft({ deadline }, now)
  return left === null ? null : levelAt(left - skewOf(evidence, clockSkew), levels)
}

function levelAt(left: number, levels: Levels): Level | null {
  if (left > levels.first) return null
  if (left > levels.second) return 'first'
  return left > levels.last ? 'second' : 'last'
}

/** No clock skew is subtracted here: the bounds of unread records already include it. */
function recordsOf(
  commit: Commit,
  { configured, hours }: { configured: Levels; hours: Route['hours'] },
  isUsed: boolean,
  { policy, now, interval }: AssessmentContext,
): RecordsAssessment {
  const { unread } = commit
  const earliest = unread?.earliest ?? null
  const ofRetention = effectiveLevels(configured, unread ?? undefined)
  const levels = earliest === null ? ofRetention : levelsWithin(hours, ofRetention, earliest, interval)
  const level = earliest === null ? null : levelAt(earliest - now, levels)
  return assessRecords(commit, policy, { level, levels, isInUse: isUsed, interval })
}

/** ms until a sweep may delete the offset, at the earliest. Negative after that time; null if no deadline is known. */
export const timeLeft = ({ deadline }: Pick<Commit, 'deadline'>, now: number): number | null =>
  deadline === null || deadline.earliest === null ? null : deadline.earliest - now
