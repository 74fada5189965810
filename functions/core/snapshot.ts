import type { CommitTable } from './columns/commit-table.ts'
import type { BrokerRetention, Problem } from './model/commit.ts'
import type { NeverCommitted } from './model/never-committed.ts'
import type { OffsetsTopic } from './offsets-topic.ts'
import type { LogAbsence, LogCursor, LogProgress } from './reading.ts'

/** Source of commit times: `__consumer_offsets`, or the comparison of readings. */
export const modes = ['exact', 'observed', 'catching-up', 'unknown'] as const
export type Mode = (typeof modes)[number]

export const formatVersion = 1

/** The metadata of a snapshot. The key of a snapshot is cluster + takenAt. */
export interface SnapshotHead {
  formatVersion: number
  toolVersion: string
  cluster: string
  /** Kafka's own id of the cluster. */
  clusterId: string
  /** Start of the reading, ms since the epoch. */
  takenAt: number
  finishedAt: number
  mode: Mode
  /** Why the log was not read. Null if the log was read, or if a broker failed. */
  withoutLog?: LogAbsence | null
  /** True if everything that was listed or known before was read in this run. */
  complete: boolean
  counts: { groups: number; commits: number; gone: number }
  problems: Problem[]
  neverCommitted: NeverCommitted[]
  retention: BrokerRetention[]
  /** How far this run read `__consumer_offsets`; null if this run did not read the topic. */
  log: LogProgress | null
  /** How far each partition of `__consumer_offsets` has been read; the next run continues there. */
  cursors: LogCursor[]
  /** `__consumer_offsets` as it was last read; null if no run could read it. */
  offsetsTopic: OffsetsTopic | null
  /** Clock skew that the stored observed bounds include, in ms. */
  clockSkew: number
}

/**
 * The state of a cluster at one time. A snapshot contains everything known, so that a lookup needs only the newest
 * snapshot.
 */
export interface Snapshot {
  head: SnapshotHead
  commits: CommitTable
}

/**
 * True if the newest snapshot is too old to rely on: older than `maxAge` (ms), or from a clock that is ahead of `now`
 * by more than the skew, so that its age is unknown.
 */
export function isTooOld(
  { takenAt, clockSkew }: Pick<SnapshotHead, 'takenAt' | 'clockSkew'>,
  now: number,
  maxAge: number,
): boolean {
  const age = now - takenAt
  return age > maxAge || age < -clockSkew
}
