/**
 * How the deadline of unread records is known, or why it is not. `bounded`: from the topic's retention.ms and the
 * timestamps in ListOffsets. `never`: no retention deletes them. `size`: retention.bytes may delete them at any time.
 * `tiered`: the topic keeps records in remote storage. `few`: at most ten offsets, which may all be transaction
 * markers.
 */
export const recordsEvidences = [
  'bounded',
  'never',
  'size',
  'tiered',
  'few',
  'not-authorized',
  'unknown',
] as const
export type RecordsEvidence = (typeof recordsEvidences)[number]

/** The origin of a topic's `retention.ms`: its own setting, or its brokers'. */
export const retentionSetters = ['topic', 'broker', 'unknown'] as const
export type RetentionSetBy = (typeof retentionSetters)[number]

/** Records from a committed offset to the log end. */
export interface UnreadRecords {
  /** An upper bound: transaction markers, aborted records and gaps of a compacted log count, too. */
  atMost: bigint
  evidence: RecordsEvidence
  /** retention.ms of the topic; null unless the evidence is `bounded`. */
  retention: number | null
  /** Null if `retention` is null, or if an earlier version of this program wrote the row. */
  retentionSetBy: RetentionSetBy | null
  /**
   * Kafka does not delete the first of these records before this time, ms since the epoch; null if no bound is known.
   */
  earliest: number | null
  /** Kafka has deleted the first of these records by this time, ms since the epoch; null if no bound is known. */
  latest: number | null
  /**
   * An estimate of when the records up to the offset were written, ms since the epoch; never a bound. Null if unknown.
   */
  readTo: number | null
  /** Number of readings in a row, including this one, in which the time left did not grow. 0 if no bound is known. */
  notGrown: number
}

/** Records that Kafka deleted before a group had read them. */
export interface LostRecords {
  /** Running total, which starts again after seven days without a loss. An upper bound, like `UnreadRecords.atMost`. */
  atMost: bigint
  /** The log start up to which losses are counted. */
  upTo: bigint
  /** End of the last reading that found more records lost, ms since the epoch. */
  lastAt: number
}
