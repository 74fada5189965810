import type { LastMember } from '../model/commit.ts'
import type { PlannedOffset } from '../model/planned-offset.ts'
import type { GroupLog, GroupReading } from '../reading.ts'

/** What the reading says of the group, and when it took place. */
export interface ReadingContext {
  group: GroupReading
  startedAt: number
  finishedAt: number
  /** End of the reading before this one; null for the first. */
  previousReadAt: number | null
  /** Of the group's coordinator, ms; null where unlimited. */
  retention: number | null
  /** Neither the broker nor the settings tell the retention. */
  isRetentionAssumed: boolean
  sweep: number
  /** Longest ms between two times that a broker deletes old segments of its logs. */
  logSweep: number
  clockSkew: number
  /** `__consumer_offsets` was deleted and created again since the reading before. */
  isAnotherTopic: boolean
  /** The number of its partitions was raised, and this group loses its offsets when its brokers restart. */
  moves: boolean
  /** What `__consumer_offsets` says of the group; undefined where it was not read. */
  log?: GroupLog | undefined
  /** Offsets that restores of this tool have written to the group lately, or may have. */
  restored: readonly PlannedOffset[]
  lastMember: LastMember | null
}
