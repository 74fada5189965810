import type { CommitTable } from './columns/commit-table.ts'
import type { BrokerRetention, Problem } from './model/commit.ts'
import type { NeverCommitted } from './model/never-committed.ts'
import type { OffsetsTopic } from './offsets-topic.ts'
import type { LogAbsence, LogCursor, LogProgress } from './reading.ts'

/** How commit times were learnt: from `__consumer_offsets`, or by comparing readings. */
export const modes = ['exact', 'observed', 'catching-up', 'unknown'] as const
export type Mode = (typeof modes)[number]

export const formatVersion = 1

/** What a snapshot says of itself. Its key is cluster + takenAt. */
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
  /** Null also where the log was to be read and its broker failed. */
  withoutLog?: LogAbsence | null
  /** True when everything that was listed or known before was read in this run. */
  complete: boolean
  counts: { groups: number; commits: number; gone: number }
  problems: Problem[]
  neverCommitted: NeverCommitted[]
  retention: BrokerRetention[]
  /** How far `__consumer_offsets` was read in this run; null where it was not. */
  log: LogProgress | null
  /** Where the next run goes on reading it. */
  cursors: LogCursor[]
  /** `__consumer_offsets` as it was read last; null where no run could. */
  offsetsTopic: OffsetsTopic | null
  /** Clock skew that the stored observed bounds include, in ms. */
  clockSkew: number
}

/** The state of a cluster at one time: everything that is known, so that lookup needs the newest one only. */
export interface Snapshot {
  head: SnapshotHead
  commits: CommitTable
}

/**
 * Whether the newest snapshot is too old to rely on: older than `maxAge` (ms), or from a clock that is ahead of `now`
 * by more than the skew, since nobody knows how old that one is.
 */
export function isTooOld(
  { takenAt, clockSkew }: Pick<SnapshotHead, 'takenAt' | 'clockSkew'>,
  now: number,
  maxAge: number,
): boolean {
  const age = now - takenAt
  return age > maxAge || age < -clockSkew
}
