import { newestAt } from '../model/zone.ts'
import type { SnapshotHead } from '../snapshot.ts'
import { DAY, WEEK } from '../time.ts'
import type { AlertState } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { weekKey } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { WeekNotice } from './notice.ts'

/** The first Monday since the epoch, 1970-01-05. */
const MONDAY = 4 * DAY

type WeekTime = Pick<AlertContext, 'now' | 'digestAt' | 'digestZone'>

/** The newest Monday at the digest's time of day, ms since the epoch. */
const newestMonday = ({ now, digestAt, digestZone = 'UTC' }: WeekTime): number =>
  newestAt(digestZone, now, WEEK, MONDAY + digestAt)

/**
 * Counts the watched snapshots. Each Monday the weekly line states them: in a quiet channel, a dead watchdog would look
 * the same as a working one.
 * @param isNew true if the snapshot is watched for the first time
 */
export function withWeek(
  state: AlertState,
  { complete }: Pick<SnapshotHead, 'complete'>,
  context: WeekTime & { isNew: boolean },
): AlertState {
  const monday = newestMonday(context)
  const none = { snapshots: 0, complete: 0 }
  // A clock that was ahead has begun a later week. The next lines must not wait for that week, or count its snapshots.
  const isAhead = state.week !== null && state.week.of > monday + WEEK
  const start = { ...state.week, of: monday, ...none, told: null }
  const before = isAhead ? start : (state.week ?? start)
  const counted = {
    snapshots: before.snapshots + (context.isNew ? 1 : 0),
    complete: before.complete + (context.isNew && complete ? 1 : 0),
  }
  if (monday > before.of) return { ...state, week: { ...before, of: monday, ...none, told: counted } }
  return { ...state, week: { ...before, ...counted } }
}

/** The facts of the newest snapshot in the weekly line. */
export type WeekFacts = Pick<WeekNotice, 'groups' | 'ignored' | 'nearest'>

/**
 * Posted once a week, unless the watchdog has no usable snapshots.
 * @param facts called only if the line is due
 */
export function weekMessages(
  { cluster, week, troubles, messages }: AlertState,
  facts: () => WeekFacts,
  { now, takenAt }: Pick<AlertContext, 'now' | 'takenAt'>,
): AlertMessage[] {
  const isBlind = troubles.some(
    ({ kind, over }) => over === null && (kind === 'silent' || kind === 'unusable'),
  )
  if (!week?.told || isBlind || messages[weekKey(week.of)]?.status === 'posted') return []
  const notice: WeekNotice = {
    type: 'week',
    cluster,
    monday: week.of,
    takenAt,
    now,
    ...week.told,
    ...facts(),
  }
  return [alertMessage(weekKey(week.of), 'week', { isFinal: true, notice })]
}
