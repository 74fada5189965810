/**
 * Partitions of one topic that have records and that a group's members own, but for which the group has never committed
 * an offset. With `auto.offset.reset=latest`, each start skips the records that were written before it.
 */
export interface NeverCommitted {
  group: string
  topic: string
  /** Ascending. */
  partitions: number[]
  /**
   * Since when every reading has found these partitions without an offset: the end of the first such reading, ms since
   * the epoch.
   */
  since: number
}
