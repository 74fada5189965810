import type { TopicPartition } from './topic-partition.ts'

/** An offset that a restore set out to write. */
export interface PlannedOffset extends TopicPartition {
  group: string
  offset: bigint
  /** When the restore began, ms since the epoch. */
  startedAt: number
}
