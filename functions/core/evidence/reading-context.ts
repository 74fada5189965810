import { type BrokerRetention, type Commit, isTold, type LastMember } from '../model/commit.ts'
import type { PlannedOffset } from '../model/planned-offset.ts'
import type { GroupLog, GroupReading, RecordsRetention, TimeProbe } from '../reading.ts'

/** The facts of one reading about a group. Times are ms since the epoch. */
export interface ReadingContext {
  group: GroupReading
  startedAt: number
  finishedAt: number
  /** End of the last reading; null for the first one. */
  previousReadAt: number | null
  /** Retention of the group's coordinator, ms; null if unlimited. */
  retention: number | null
  /** True if neither the broker nor the settings tell the retention. */
  isRetentionAssumed: boolean
  /** Retentions according to the last snapshot, by broker. */
  retentionsBefore: ReadonlyMap<number, BrokerRetention>
  /** The coordinator's offsets.retention.check.interval.ms. */
  sweep: number
  /** Longest interval at which a broker deletes old segments of its logs, ms. */
  logSweep: number
  clockSkew: number
  /** True if `__consumer_offsets` was deleted and recreated since the last reading. */
  isAnotherTopic: boolean
  /**
   * True if partitions were added to `__consumer_offsets`, so that this group loses its offsets when its brokers
   * restart.
   */
  moves: boolean
  /** The records of `__consumer_offsets` about the group; undefined if the topic was not read. */
  log?: GroupLog | undefined
  /** Offsets that this tool's restores have recently written to the group, or may have. */
  restored: readonly PlannedOffset[]
  lastMember: LastMember | null
}

/** True if the row's coordinator had another retention at the last snapshot. */
export function isRetentionChanged(
  { coordinator }: Pick<Commit, 'coordinator'>,
  { retention, retentionsBefore }: ReadingContext,
): boolean {
  const before = retentionsBefore.get(coordinator)
  return before !== undefined && before.retention !== retention
}

/** The shortest retention, ms, by which a sweep since the last snapshot may have deleted the row's offset. */
export function shortestRetention(
  { coordinator }: Pick<Commit, 'coordinator'>,
  { retention, retentionsBefore }: ReadingContext,
): number | null {
  const before = retentionsBefore.get(coordinator)
  const told = before !== undefined && isTold(before) ? before.retention : null
  const shortest = Math.min(retention ?? Infinity, told ?? Infinity)
  return Number.isFinite(shortest) ? shortest : null
}

/** One committed offset, from this reading's OffsetFetch. */
export interface Observed {
  group: string
  topic: string
  partition: number
  topicId: string | null
  offset: bigint
  leaderEpoch: number | null
  metadata: string | null
  pending: boolean
  logStart: bigint | null
  logEnd: bigint | null
  /** The topic's own retention; undefined if it was not read. */
  retention: RecordsRetention | undefined
  probes: readonly TimeProbe[]
}
