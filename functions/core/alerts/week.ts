import type { SnapshotHead } from '../snapshot.ts'
import type { AlertState } from './alert-state.ts'
import type { WeekNotice } from './notice.ts'
import { type Due, type DueContext, dueOnce } from './posting.ts'

const DAY = 24 * 60 * 60 * 1000
const WEEK = 7 * DAY
/** The first Monday since the epoch, 1970-01-05. */
const MONDAY = 4 * DAY

/** The newest Monday, at the digest's time of day (UTC), ms since the epoch. */
function dueWeek(now: number, digestAt: number): number {
  const first = MONDAY + digestAt
  return Math.floor((now - first) / WEEK) * WEEK + first
}

/**
 * Counts the snapshots that are watched, and on Mondays makes the line that says that the watchdog is looking: nobody
 * can tell a quiet channel from a dead watchdog.
 * @param isNew whether the snapshot is watched for the first time
 */
export function withWeek(
  state: AlertState,
  { complete }: Pick<SnapshotHead, 'complete'>,
  { now, digestAt, isNew }: { now: number; digestAt: number; isNew: boolean },
): AlertState {
  const of = dueWeek(now, digestAt)
  const none = { snapshots: 0, complete: 0 }
  const before = state.week ?? { of, ...none, told: null, parent: null }
  const counted = {
    snapshots: before.snapshots + (isNew ? 1 : 0),
    complete: before.complete + (isNew && complete ? 1 : 0),
  }
  if (of > before.of) return { ...state, week: { of, ...none, told: counted, parent: null } }
  // One of the week after next was made by a clock that was ahead: the next ones must not wait for it.
  return { ...state, week: { ...before, ...counted, of: Math.min(before.of, of + WEEK) } }
}

/** What the line says of the newest snapshot. */
export type WeekFacts = Pick<WeekNotice, 'groups' | 'ignored' | 'nearest'>

/** Posted once, and not while the watchdog cannot look. @param facts is called only where the line is due */
export function weekMessages(
  { cluster, week, heartbeat }: AlertState,
  facts: () => WeekFacts,
  context: Pick<DueContext, 'now' | 'postingTakes' | 'takenAt'>,
): Due[] {
  const isBlind = heartbeat?.troubles.some(
    ({ kind, over }) => over === null && (kind === 'silent' || kind === 'unusable'),
  )
  if (!week?.told || week.parent?.status === 'posted' || isBlind) return []
  const { takenAt, now } = context
  const notice: WeekNotice = { type: 'week', cluster, of: week.of, takenAt, now, ...week.told, ...facts() }
  return dueOnce(week.parent, { of: { type: 'week' }, says: String(week.of), notice }, context)
}
