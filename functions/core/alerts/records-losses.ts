import type { Assessment } from '../policy.ts'
import { DAY } from '../time.ts'
import type { AlertState, Incident, RunningTotal } from './alert-state.ts'
import { type AlertContext, isNewSnapshot } from './context.ts'
import { lastLoss, newIncident } from './incident.ts'

/** Number of snapshots after which it is clear whether a group catches up. No incident of records opens before. */
const SNAPSHOTS_TO_JUDGE = 3

/**
 * Counts watched snapshots. Snapshots that an earlier version watched do not count, since it did not follow unread
 * records.
 */
export const withRecordsSnapshot = (state: AlertState, context: AlertContext): AlertState =>
  mayOpenRecords(state) || !isNewSnapshot(state, context)
    ? state
    : { ...state, recordsSnapshots: state.recordsSnapshots + 1 }

export const mayOpenRecords = ({ recordsSnapshots }: AlertState): boolean =>
  recordsSnapshots >= SNAPSHOTS_TO_JUDGE

export function openRecordsLoss(
  cluster: string,
  group: string,
  known: readonly Incident[],
  assessments: readonly Assessment[],
  { now, newsSince, isStale, clockSkew }: AlertContext,
): Incident | undefined {
  const told = known.findLast(({ recordsLost }) => recordsLost !== undefined)?.recordsLost
  const ofAlerts = assessments.filter(({ records }) => records.loss === 'alert')
  const lastAt = lastLoss('records', ofAlerts)
  // A clock that was ahead may have taken the snapshot behind `told`. New losses must not wait for that time.
  const toldUntil = told && told.lastAt <= now + clockSkew ? told.lastAt : 0
  if (isStale || lastAt < newsSince || lastAt <= toldUntil) return undefined

  const total = totalOf(assessments)
  const reported = told ? BigInt(told.before) + BigInt(told.atMost) : 0n
  const before = reported < total ? reported : 0n
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
export function counted(
  { acknowledgedAt }: Incident,
  lost: RunningTotal,
  assessments: readonly Assessment[],
  { now, takenAt }: AlertContext,
): RunningTotal {
  const total = totalOf(assessments) - BigInt(lost.before)
  const atMost = total > BigInt(lost.atMost) ? String(total) : lost.atMost
  const isDue = atMost !== lost.told.atMost && Math.abs(now - lost.told.at) >= DAY && acknowledgedAt === null
  const isAbove = isAboveLogStart(assessments)
  return {
    ...lost,
    atMost,
    lastAt: Math.max(lost.lastAt, lastLoss('records', assessments)),
    told: isDue ? { ...lost.told, times: lost.told.times + 1, at: now, atMost } : lost.told,
    aboveSince:
      isAbove === undefined
        ? lost.aboveSince
        : isAbove
          ? Math.min(lost.aboveSince ?? takenAt, takenAt)
          : null,
  }
}

const totalOf = (assessments: readonly Assessment[]): bigint =>
  assessments.reduce((sum, { commit }) => sum + (commit.gone ? 0n : (commit.lostRecords?.atMost ?? 0n)), 0n)

/** Undefined if a log was not read. */
function isAboveLogStart(assessments: readonly Assessment[]): boolean | undefined {
  const lost = assessments.filter(({ commit }) => commit.gone === null && commit.lostRecords !== null)
  if (lost.some(({ commit }) => commit.logStart !== null && commit.offset < commit.logStart)) return false
  return lost.every(({ commit }) => commit.logStart !== null) || undefined
}
