import type { GroupKind } from '../model/commit.ts'
import { Failure } from '../model/failure.ts'
import type { TopicPartition } from '../model/topic-partition.ts'

/** A group's state in Kafka at this moment: the basis for planning and checking a restore. */
export interface CurrentGroup {
  kind: GroupKind
  /** The state in Kafka's spelling; `Dead` if the group does not exist. */
  state: string
  /** All partitions that were asked for, and all with an offset of the group. */
  partitions: CurrentPartition[]
}

export interface CurrentPartition extends TopicPartition {
  presence: 'there' | 'topic-deleted' | 'no-such-partition' | 'not-known'
  /** Null if the topic does not exist, or the broker is too old to tell. */
  topicId: string | null
  /** `pending`: a transactional commit of the partition is neither committed nor aborted yet. */
  committed: OffsetAndMetadata | 'none' | 'pending' | 'not-known'
  /** Null if the log could not be read. */
  log: { start: bigint; end: bigint } | null
}

/** The parts of a commit; in Kafka: OffsetAndMetadata. */
export interface OffsetAndMetadata {
  offset: bigint
  leaderEpoch: number | null
  metadata: string
}

/** A coordinator's answer for one partition of an OffsetCommit. */
export interface WriteAnswer extends TopicPartition {
  outcome:
    | 'written'
    /** Not written: the group has members, so the broker refuses commits from outside. */
    | 'members'
    /** Not written, or the outcome is unknown: the coordinator moves, or did not answer. */
    | 'unsure'
    /** Nothing was written, since the request may be too large. Fewer offsets at once may be accepted. */
    | 'too-large'
    | 'refused'
  /** The reason, as the end of a sentence; empty if the offset was written. */
  why: string
}

/** Kafka cannot answer for a group now, but may do so soon, for example while its coordinator moves. */
export class NotAnswering extends Failure {}
