/**
 * Partitions of one topic that have records and that members of a group own, and of which the group has never committed
 * an offset. A restart with `auto.offset.reset=latest` skips what came until then.
 */
export interface NeverCommitted {
  group: string
  topic: string
  /** Ascending. */
  partitions: number[]
  /** End of the first of an unbroken series of readings that saw them so, ms since the epoch. */
  since: number
}
