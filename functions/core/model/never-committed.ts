/**
 * Partitions of one topic that have records and that a group's members own, but for which the group has never committed
 * an offset. A restart with `auto.offset.reset=latest` skips the records until then.
 */
export interface NeverCommitted {
  group: string
  topic: string
  /** Ascending. */
  partitions: number[]
  /** End of the first reading in an unbroken series that saw them so, ms since the epoch. */
  since: number
}
