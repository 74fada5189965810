/**
 * How the deadline of unread records is known, or why it is not. `bounded`: from the topic's retention.ms and the
 * timestamps that ListOffsets tells. `never`: no retention deletes them. `size`: retention.bytes may delete them at any
 * time. `tiered`: the topic keeps records in remote storage. `few`: at most ten offsets, which may all be transaction
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

/** Records from a committed offset to the log end. */
export interface UnreadRecords {
  /** Transaction markers, aborted records and gaps of a compacted log count, too: there may be fewer. */
  atMost: bigint
  evidence: RecordsEvidence
  /** retention.ms of the topic; null where the evidence is not `bounded`. */
  retention: number | null
  /** Kafka does not delete the first of them before this, ms since the epoch; null where no bound is known. */
  earliest: number | null
  /** Kafka has deleted the first of them by then, ms since the epoch; null where no bound is known. */
  latest: number | null
  /** About when the records up to the offset were written, ms since the epoch. An estimate, never a bound; null where none is known. */
  readTo: number | null
  /** Readings in a row, this one included, since the time that is left has grown. 0 where no bound is known. */
  notGrown: number
}

/** Records that Kafka deleted before a group had read them. */
export interface LostRecords {
  /** In total, until no more was lost for seven days. As an upper bound, like `UnreadRecords.atMost`. */
  atMost: bigint
  /** The log start up to which they are counted. */
  upTo: bigint
  /** End of the last reading that found more of them lost, ms since the epoch. */
  lastAt: number
}
