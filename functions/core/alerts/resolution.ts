import type { Commit } from '../model/commit.ts'
import { type Assessment, isAtRisk, isHidden, LOSS_IS_NEWS, levelOf } from '../policy.ts'
import type { Incident, Resolution } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { lastLoss } from './incident.ts'
import { lastSeenIfLost, lossesOf } from './losses.ts'
import { alertedNeverCommitted, isAlerted } from './never-committed.ts'

/** Why an incident is over; undefined while it is open. */
export function resolutionOf(
  incident: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Resolution | undefined {
  switch (incident.kind) {
    case 'deadline':
      return ofDeadline(incident, assessments, context)
    case 'loss':
      return ofLoss(incident, assessments, context)
    case 'records-deadline':
      return ofRecordsDeadline(incident, assessments)
    case 'records-loss':
      return ofRecordsLoss(incident, assessments, context)
    case 'never-committed':
      return ofNeverCommitted(incident, assessments, context)
  }
}

function ofLoss(
  incident: Incident,
  assessments: readonly Assessment[],
  { now }: AlertContext,
): Resolution | undefined {
  const losses = lossesOf(incident, assessments)
  const outcomes = losses.map(({ loss }) => loss?.outcome.kind)

  if (assessments.some(isHidden)) return 'ignored'
  if (losses.length === 0) return 'no-longer-known'
  if (outcomes.every(kind => kind === 'recovered')) return 'recovered'
  if (outcomes.every(kind => kind === 'recovered' || kind === 'caught-up')) return 'caught-up'
  return now - incident.openedAt > LOSS_IS_NEWS ? 'seven-days' : undefined
}

function ofDeadline(
  { lostBefore, openedAt }: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Resolution | undefined {
  if (assessments.some(assessment => isAtRisk(assessment) || isNear(assessment, context))) return undefined

  const casesOf = (some: readonly Assessment[]) => new Set(some.map(({ case: policyCase }) => policyCase))
  const cases = casesOf(assessments)
  // Only a loss that is newer than the incident closes the incident, and only while the loss is not recovered.
  const newCases = casesOf(assessments.filter(assessment => lastSeenIfLost(assessment) > lostBefore))
  if (cases.has('ignored')) return 'ignored'
  if (newCases.has('loss') || newCases.has('loss-stopped')) return 'lost'
  if (newCases.has('topic-deleted')) return 'topic-deleted'
  if (assessments.every(({ commit }) => commit.gone)) return 'no-longer-known'
  if (cases.has('same-offset')) return 'same-offset-committed'
  if (assessments.some(({ commit }) => commit.ifStopped !== null)) return 'guarded-again'
  if (assessments.some(({ commit }) => lastSeenToCommit(commit) > openedAt)) return 'committed-again'
  // The log has grown past the offset, or the retention or the settings have changed.
  return 'out-of-danger'
}

/**
 * When a commit was last observed: by a changed value in OffsetFetch, or by the commit's record. Without the record,
 * `committed` is only a bound.
 */
const lastSeenToCommit = ({ evidence, committed, valueSeenAt }: Commit): number =>
  evidence === 'exact' ? Math.max(committed.latest, valueSeenAt) : valueSeenAt

/** True up to a tenth beyond the first level, so that an incident does not close and reopen at the edge. */
const isNear = ({ standing, commit, levels }: Assessment, context: AlertContext): boolean =>
  standing === 'safe' && levelOf(commit, { ...levels, first: levels.first * 1.1 }, context) !== null

function ofRecordsLoss(
  { recordsLost }: Incident,
  assessments: readonly Assessment[],
  { now, takenAt, interval }: AlertContext,
): Resolution | undefined {
  const over = assessments.some(isHidden) ? 'ignored' : ofRecords(assessments)
  if (over || recordsLost === undefined) return over
  const { lastAt, aboveSince } = recordsLost
  if (aboveSince !== null && takenAt - aboveSince >= 2 * interval) return 'caught-up'
  return now - lastAt > LOSS_IS_NEWS ? 'seven-days' : undefined
}

function ofRecordsDeadline(
  { lostBefore, openedAt }: Incident,
  assessments: readonly Assessment[],
): Resolution | undefined {
  const isIgnored = assessments.some(({ case: policyCase }) => policyCase === 'ignored')
  const over = isIgnored ? 'ignored' : ofRecords(assessments)
  if (over) return over
  if (lastLoss('records', assessments) > lostBefore) return 'lost'
  const live = assessments.filter(({ commit }) => commit.gone === null)
  if (live.some(({ records, commit }) => records.level !== null || !isKnown(commit))) return undefined
  // `out-of-danger`: the retention or the settings have changed without a new commit.
  return live.some(({ commit }) => commit.valueSeenAt > openedAt) ? 'caught-up' : 'out-of-danger'
}

/** Resolutions that deadlines and losses of records share. */
function ofRecords(assessments: readonly Assessment[]): Resolution | undefined {
  const live = assessments.filter(({ commit }) => commit.gone === null)
  if (live.length > 0) return live.every(({ records }) => records.setting !== 'alert') ? 'ignored' : undefined
  const isDeleted = assessments.some(({ commit }) => commit.gone?.reason === 'topic-deleted')
  return isDeleted ? 'topic-deleted' : 'no-longer-known'
}

/**
 * True if the partition can show that the deadline is over. A partition that was not read shows nothing, and an offset
 * below the log start may be a loss, which the next snapshot shows.
 */
const isKnown = ({ offset, logStart, unread }: Commit): boolean =>
  logStart !== null &&
  offset >= logStart &&
  unread?.evidence !== 'unknown' &&
  unread?.evidence !== 'not-authorized'

function ofNeverCommitted(
  { group, openedAt }: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Resolution | undefined {
  if (!isAlerted(group, context)) return 'ignored'
  if (alertedNeverCommitted(context).has(group)) return undefined
  const isNew = ({ commit }: Assessment) => commit.gone === null && commit.firstSeenAt > openedAt
  // `no-longer-known`: the members have left the partitions, or the partitions are empty now.
  return assessments.some(isNew) ? 'committed-again' : 'no-longer-known'
}
