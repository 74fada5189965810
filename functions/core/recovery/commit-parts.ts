import type { TopicPartition } from '../model/topic-partition.ts'

/** The values that decide the size of a commit's record. */
export interface Committed extends TopicPartition {
  metadata: string
}

/**
 * Maximum bytes of records in the first request. Kafka writes the records of one OffsetCommit as one batch, which may
 * have at most max.message.bytes of `__consumer_offsets`: 1,048,588 by default.
 */
export const MOST_BYTES = 1_000_000

/**
 * Upper bound of a record's bytes without its names and metadata: 17 of the record, 10 of its key, 44 of its value.
 * Kafka: DefaultRecord, OffsetCommitKey v1, OffsetCommitValue v4.
 */
const RECORD_BYTES = 71

const encoder = new TextEncoder()
const lengthOf = (text: string): number => encoder.encode(text).length

/** Upper bound of the bytes that a group's commits take in `__consumer_offsets`. */
export function recordBytes(group: string, commits: readonly Committed[]): number {
  const groupBytes = lengthOf(group)
  return commits.reduce(
    (sum, { topic, metadata }) => sum + RECORD_BYTES + groupBytes + lengthOf(topic) + lengthOf(metadata),
    0,
  )
}

/** The commits for the next request: from the front, as many as fit into `mostBytes`, and at least one. */
export function firstPart<T extends Committed>(group: string, commits: readonly T[], mostBytes: number): T[] {
  let bytes = 0
  const end = commits.findIndex((commit, i) => {
    bytes += recordBytes(group, [commit])
    return bytes > mostBytes && i > 0
  })
  return commits.slice(0, end < 0 ? commits.length : end)
}
