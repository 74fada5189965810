import type { TopicPartition } from './topic-partition.ts'

/** An offset that a restore was about to write. */
export interface PlannedOffset extends TopicPartition {
  group: string
  offset: bigint
  /** ms since the epoch, when the restore began. */
  startedAt: number
}
