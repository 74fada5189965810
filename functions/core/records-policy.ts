import { matches } from './glob.ts'
import type { Commit, Level } from './model/commit.ts'
import type { Levels, PolicySettings, RecordsAlert } from './model/settings.ts'
import { DAY } from './time.ts'

/** Who is told of the unread records of a partition: nobody, the readers of the digest, or everybody by an incident. */
export type RecordsNews = 'none' | 'digest' | 'alert'

/** What the policy says of the records that a group has not read (docs/alerts.md). */
export interface RecordsAssessment {
  /** How near Kafka is to deleting the first of them; null where that is further away than the first level, or not known. */
  level: Level | null
  setting: RecordsAlert
  /** Of records that Kafka may delete soon. */
  risk: RecordsNews
  /** Of records that Kafka has deleted. */
  loss: RecordsNews
}

export interface RecordsContext {
  /** How near Kafka is to deleting them. */
  level: Level | null
  /** The levels that hold at the topic's retention, ms. */
  levels: Levels
  /** Whether the group is in use, as the policy of its offset has it. */
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

/** Snapshots over which the time left must not have grown: a group that catches up is silent. */
const NOT_GROWN = 3

/** Of two levels without a snapshot in between, nobody would hear in time. */
const isTooShort = ({ last }: Levels, interval: number): boolean => last < 2 * interval

/** @param commit is there, and its group is not ignored */
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

/** A simple group has no members: it is in use only as long as it is seen to commit. */
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
