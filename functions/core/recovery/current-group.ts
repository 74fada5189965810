import type { GroupKind } from '../model/commit.ts'
import { Failure } from '../model/failure.ts'
import type { TopicPartition } from '../model/topic-partition.ts'

/** One group as Kafka has it at this moment: what a restore is planned from, and what it is checked against. */
export interface CurrentGroup {
  kind: GroupKind
  /** As Kafka spells it; `Dead` where there is no such group. */
  state: string
  /** All that were asked for, and all in which the group has an offset. */
  partitions: CurrentPartition[]
}

export interface CurrentPartition extends TopicPartition {
  presence: 'there' | 'topic-deleted' | 'no-such-partition' | 'not-known'
  /** Null where there is no topic, or the broker is too old to tell. */
  topicId: string | null
  /** `pending`: a transaction is about to commit it. */
  committed: OffsetAndMetadata | 'none' | 'pending' | 'not-known'
  /** Null where it could not be read. */
  log: { start: bigint; end: bigint } | null
}

/** What a commit consists of; Kafka's own OffsetAndMetadata. */
export interface OffsetAndMetadata {
  offset: bigint
  leaderEpoch: number | null
  metadata: string
}

/** What a coordinator said of one offset that it was to take. */
export interface WriteAnswer extends TopicPartition {
  outcome:
    | 'written'
    /** The group has members: the broker keeps everybody else from writing, and has written nothing. */
    | 'members'
    /** Not written, or not known whether it was: the coordinator moves, or did not answer. */
    | 'unsure'
    /** Nothing was written, since the request may hold too much: fewer offsets at once may be taken. */
    | 'too-large'
    | 'refused'
  /** Why, as the end of a sentence; empty where it was written. */
  why: string
}

/** Kafka does not answer for a group now and may do so soon, as while its coordinator moves. */
export class NotAnswering extends Failure {}
