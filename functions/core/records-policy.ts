import { matches } from './glob.ts'
import type { Commit, Level } from './model/commit.ts'
import type { Levels, PolicySettings, RecordsAlert } from './model/settings.ts'
import { DAY } from './time.ts'

/** Where the unread records of a partition appear: nowhere, in the digest, or as an incident. */
export type RecordsNews = 'none' | 'digest' | 'alert'

/** The policy's conclusions about a group's unread records in one partition (docs/alerts.md). */
export interface RecordsAssessment {
  /**
   * How near the deletion of the first unread record is; null if it is further away than the first level, or unknown.
   */
  level: Level | null
  setting: RecordsAlert
  /** For records that Kafka may delete soon. */
  risk: RecordsNews
  /** For records that Kafka has deleted. */
  loss: RecordsNews
}

export interface RecordsContext {
  /** How near the deletion is. */
  level: Level | null
  /** The levels, adapted to the topic's retention, ms. */
  levels: Levels
  /** True if the group counts as in use for its offsets (policy.ts). */
  isInUse: boolean
  /** ms between two snapshots. */
  interval: number
}

export const nothingOfRecords: RecordsAssessment = {
  level: null,
  setting: 'off',
  risk: 'none',
  loss: 'none',
}

/**
 * An alert requires this number of snapshots in a row in which the time left did not grow, since a group that catches
 * up needs no alert.
 */
const NOT_GROWN = 3

/** True if the last level is shorter than two intervals: an alert would come too late. */
const isTooShort = ({ last }: Levels, interval: number): boolean => last < 2 * interval

/** @param commit not gone, and its group is not ignored */
export function assessRecords(
  commit: Commit,
  policy: PolicySettings,
  context: RecordsContext,
): RecordsAssessment {
  const { level } = context
  const setting = recordsAlertOf(commit.group, policy)
  if (setting === 'off') return { ...nothingOfRecords, level, setting }

  const reads = isReading(commit, context)
  const most = reads ? setting : 'digest'
  const isSilent =
    commit.unread === null ||
    level === null ||
    isTooShort(context.levels, context.interval) ||
    (reads && commit.unread.notGrown < NOT_GROWN)
  return { level, setting, risk: isSilent ? 'none' : most, loss: commit.lostRecords === null ? 'none' : most }
}

/** A simple group never has members, so it counts as in use only while its offsets change or its commits are logged. */
function isReading(commit: Commit, { isInUse, interval }: RecordsContext): boolean {
  if (commit.kind !== 'simple') return isInUse
  const { logged, offset, valueSeenAt, firstSeenAt, seenAt } = commit
  const committedAt = Math.max(
    valueSeenAt > firstSeenAt ? valueSeenAt : 0,
    logged !== null && logged.offset === offset ? logged.at : 0,
  )
  return seenAt - committedAt <= Math.max(DAY, 2 * interval)
}

const recordsAlertOf = (group: string, { records, recordsByGroup }: PolicySettings): RecordsAlert =>
  recordsByGroup.find(({ pattern }) => matches(pattern, group))?.records ?? records
