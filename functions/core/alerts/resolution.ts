import type { Commit } from '../model/commit.ts'
import {
  type Assessment,
  type AssessmentContext,
  isHidden,
  isRisk,
  LOSS_IS_NEWS,
  levelOf,
} from '../policy.ts'
import type { Incident, Resolution } from './alert-state.ts'
import { lastSeenIfLost, lossesOf } from './losses.ts'

/** Why an incident is over; undefined while it is open. */
export const resolutionOf = (
  incident: Incident,
  assessments: readonly Assessment[],
  context: AssessmentContext,
): Resolution | undefined =>
  incident.kind === 'loss'
    ? resolutionOfLoss(incident, assessments, context)
    : resolutionOfDeadline(incident, assessments, context)

function resolutionOfLoss(
  incident: Incident,
  assessments: readonly Assessment[],
  { now }: AssessmentContext,
): Resolution | undefined {
  const losses = lossesOf(incident, assessments)
  const outcomes = losses.map(({ loss }) => loss?.outcome.kind)

  if (assessments.some(isHidden)) return 'ignored'
  if (losses.length === 0) return 'no-longer-known'
  if (outcomes.every(kind => kind === 'recovered')) return 'recovered'
  if (outcomes.every(kind => kind === 'recovered' || kind === 'caught-up')) return 'caught-up'
  return now - incident.openedAt > LOSS_IS_NEWS ? 'seven-days' : undefined
}

function resolutionOfDeadline(
  { lostBefore, openedAt }: Incident,
  assessments: readonly Assessment[],
  context: AssessmentContext,
): Resolution | undefined {
  if (assessments.some(assessment => isRisk(assessment.standing) || isNear(assessment, context)))
    return undefined

  const cases = new Set(assessments.map(({ case: policyCase }) => policyCase))
  // Only a loss that is newer than the incident closes the incident, and only while the loss is not recovered.
  const since = new Set(
    assessments
      .filter(assessment => lastSeenIfLost(assessment) > lostBefore)
      .map(({ case: policyCase }) => policyCase),
  )
  if (cases.has('ignored')) return 'ignored'
  if (since.has('loss') || since.has('loss-stopped')) return 'lost'
  if (since.has('topic-deleted')) return 'topic-deleted'
  if (assessments.every(({ commit }) => commit.gone)) return 'no-longer-known'
  if (cases.has('same-offset')) return 'same-offset-committed'
  if (assessments.some(({ commit }) => commit.ifStopped !== null)) return 'guarded-again'
  // `out-of-danger`: the log has grown past the offset, or the retention or the settings have changed.
  return assessments.some(({ commit }) => lastSeenToCommit(commit) > openedAt)
    ? 'committed-again'
    : 'out-of-danger'
}

/**
 * When a commit was last observed: by a changed value in OffsetFetch, or by the commit's record. Without the record,
 * `committed` is only a bound.
 */
const lastSeenToCommit = ({ evidence, committed, valueSeenAt }: Commit): number =>
  evidence === 'exact' ? Math.max(committed.latest, valueSeenAt) : valueSeenAt

/** True up to a tenth beyond the first level, so that an incident does not close and reopen at the edge. */
const isNear = ({ standing, commit, levels }: Assessment, context: AssessmentContext): boolean =>
  standing === 'safe' && levelOf(commit, { ...levels, first: levels.first * 1.1 }, context) !== null
