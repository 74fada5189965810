import { type Assessment, isHidden, LOSS_IS_NEWS } from '../policy.ts'
import { DAY } from '../time.ts'
import type { AlertState, Incident, Resolution, RunningTotal } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { newIncident, worstLevel } from './incident.ts'

/** Number of snapshots after which it is clear whether a group catches up. No incident of records opens before. */
const SNAPSHOTS_TO_JUDGE = 3

/**
 * Counts watched snapshots. Snapshots that an earlier version watched do not count, since it did not follow unread
 * records.
 */
export function withRecordsSnapshot(state: AlertState, { isStale, takenAt }: AlertContext): AlertState {
  const isNew = !isStale && takenAt !== state.watched
  if (!isNew || state.recordsSnapshots >= SNAPSHOTS_TO_JUDGE) return state
  return { ...state, recordsSnapshots: state.recordsSnapshots + 1 }
}

/**
 * True if incidents of records open for the first time in this cluster. All such incidents share one summary for each
 * channel.
 */
export const isFirstOfRecords = (before: AlertState, after: AlertState): boolean =>
  before.recordsSnapshots < SNAPSHOTS_TO_JUDGE && after.recordsSnapshots === SNAPSHOTS_TO_JUDGE

/** While a loss of records is open, no second incident of records opens: further losses add to its total. */
export function openRecords(
  { cluster, recordsSnapshots }: AlertState,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident[] {
  if (recordsSnapshots < SNAPSHOTS_TO_JUDGE) return []
  const isOpen = (kind: Incident['kind']) =>
    known.some(incident => incident.kind === kind && incident.closed === null)
  if (isOpen('records-loss')) return []
  const loss = openLoss(cluster, group, known, assessments, context)
  if (loss) return [loss]
  if (isOpen('records-deadline') || !assessments.some(isAtRisk)) return []
  return [
    {
      ...newIncident(cluster, 'records-deadline', group, context.now),
      level: levelAmong(assessments),
      lostBefore: lastLoss(assessments),
    },
  ]
}

/** Updates an open incident. Closes the incident if it is over. */
export function followRecords(
  incident: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident {
  if (context.isStale) return incident
  const { recordsLost } = incident
  if (recordsLost === undefined) {
    const why = resolutionOfDeadline(incident, assessments)
    if (why) return { ...incident, closed: { at: context.now, why } }
    return { ...incident, level: worstLevel([incident.level, levelAmong(assessments)]) }
  }
  const total = counted(incident, recordsLost, assessments, context)
  const why = resolutionOfLoss(total, assessments, context)
  return { ...incident, recordsLost: total, closed: why ? { at: context.now, why } : null }
}

const isAtRisk = ({ records }: Assessment): boolean => records.risk === 'alert'

const levelAmong = (assessments: readonly Assessment[]) =>
  worstLevel(assessments.filter(isAtRisk).map(({ records }) => records.level))

/** End of the last reading that found records lost, ms since the epoch; 0 if no reading did. */
const lastLoss = (assessments: readonly Assessment[]): number =>
  assessments.reduce((latest, { commit }) => Math.max(latest, commit.lostRecords?.lastAt ?? 0), 0)

const totalOf = (assessments: readonly Assessment[]): bigint =>
  assessments.reduce((sum, { commit }) => sum + (commit.gone ? 0n : (commit.lostRecords?.atMost ?? 0n)), 0n)

function openLoss(
  cluster: string,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  { now, newsSince, isStale }: AlertContext,
): Incident | undefined {
  const told = known.findLast(({ recordsLost }) => recordsLost !== undefined)?.recordsLost
  const lastAt = lastLoss(assessments.filter(({ records }) => records.loss === 'alert'))
  if (isStale || lastAt < newsSince || lastAt <= (told?.lastAt ?? 0)) return undefined

  const total = totalOf(assessments)
  const counted = told ? BigInt(told.before) + BigInt(told.atMost) : 0n
  const before = counted < total ? counted : 0n
  const atMost = String(total - before)
  return {
    ...newIncident(cluster, 'records-loss', group, now),
    recordsLost: {
      atMost,
      before: String(before),
      lastAt,
      told: { times: 1, at: now, atMost },
      aboveSince: null,
    },
  }
}

/** Updates the total. A larger total is posted once a day. */
function counted(
  { acknowledgedAt }: Incident,
  lost: RunningTotal,
  assessments: readonly Assessment[],
  { now, takenAt }: AlertContext,
): RunningTotal {
  const total = totalOf(assessments) - BigInt(lost.before)
  const atMost = total > BigInt(lost.atMost) ? String(total) : lost.atMost
  const isDue = atMost !== lost.told.atMost && now - lost.told.at >= DAY && acknowledgedAt === null
  const isAbove = isAboveLogStart(assessments)
  return {
    ...lost,
    atMost,
    lastAt: Math.max(lost.lastAt, lastLoss(assessments)),
    told: isDue ? { ...lost.told, times: lost.told.times + 1, at: now, atMost } : lost.told,
    aboveSince: isAbove === undefined ? lost.aboveSince : isAbove ? (lost.aboveSince ?? takenAt) : null,
  }
}

/** Undefined if a log was not read. */
function isAboveLogStart(assessments: readonly Assessment[]): boolean | undefined {
  const lost = assessments.filter(({ commit }) => commit.gone === null && commit.lostRecords !== null)
  if (lost.some(({ commit }) => commit.logStart !== null && commit.offset < commit.logStart)) return false
  return lost.every(({ commit }) => commit.logStart !== null) || undefined
}

function resolutionOfLoss(
  { lastAt, aboveSince }: RunningTotal,
  assessments: readonly Assessment[],
  { now, takenAt, interval }: AlertContext,
): Resolution | undefined {
  const over = assessments.some(isHidden) ? 'ignored' : resolutionOfBoth(assessments)
  if (over) return over
  if (aboveSince !== null && takenAt - aboveSince >= 2 * interval) return 'caught-up'
  return now - lastAt > LOSS_IS_NEWS ? 'seven-days' : undefined
}

function resolutionOfDeadline(
  { lostBefore, openedAt }: Incident,
  assessments: readonly Assessment[],
): Resolution | undefined {
  const isIgnored = assessments.some(({ case: policyCase }) => policyCase === 'ignored')
  const over = isIgnored ? 'ignored' : resolutionOfBoth(assessments)
  if (over) return over
  if (lastLoss(assessments) > lostBefore) return 'lost'
  const live = assessments.filter(({ commit }) => commit.gone === null)
  if (live.some(({ records, commit }) => records.level !== null || !isKnown(commit))) return undefined
  // `out-of-danger`: the retention or the settings have changed without a new commit.
  return live.some(({ commit }) => commit.valueSeenAt > openedAt) ? 'caught-up' : 'out-of-danger'
}

/** Resolutions that deadlines and losses of records share. */
function resolutionOfBoth(assessments: readonly Assessment[]): Resolution | undefined {
  const live = assessments.filter(({ commit }) => commit.gone === null)
  if (live.length > 0) return live.every(({ records }) => records.setting !== 'alert') ? 'ignored' : undefined
  const isDeleted = assessments.some(({ commit }) => commit.gone?.reason === 'topic-deleted')
  return isDeleted ? 'topic-deleted' : 'no-longer-known'
}

/**
 * True if the partition can show that the deadline is over. A partition that was not read shows nothing, and an offset
 * below the log start may be a loss, which the next snapshot shows.
 */
const isKnown = ({ offset, logStart, unread }: Assessment['commit']): boolean =>
  logStart !== null &&
  offset >= logStart &&
  unread?.evidence !== 'unknown' &&
  unread?.evidence !== 'not-authorized'
