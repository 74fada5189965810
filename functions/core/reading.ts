import type { CommitTable } from './columns/commit-table.ts'
import type { CommittedOffsets } from './columns/committed-offsets.ts'
import type { BrokerRetention, GroupKind, Logged, Member, Problem } from './model/commit.ts'
import type { TopicPartition } from './model/topic-partition.ts'
import type { RetentionSetBy } from './model/unread-records.ts'
import type { OffsetsTopic } from './offsets-topic.ts'

/**
 * Why commit times do not come from `__consumer_offsets`. `unrelated`: the server places groups by another hash than
 * Apache Kafka. `without-commits`: the topic was read to its end and lacks the commits that the coordinators show.
 */
export const logAbsences = [
  'switched-off',
  'not-authorized',
  'absent',
  'unrelated',
  'without-commits',
  'unknown',
] as const
export type LogAbsence = (typeof logAbsences)[number]

/**
 * The starting point of a run: the commits of the last snapshot, and how far that run had read `__consumer_offsets`.
 */
export interface PreviousSnapshot {
  commits: CommitTable
  cursors: LogCursor[]
  withoutLog?: LogAbsence | null | undefined
  /** `__consumer_offsets` at that time; null if unknown. */
  offsetsTopic?: OffsetsTopic | null
}

/** The result of one scan of a cluster, with nothing but answers of brokers; `problems` names what is missing. */
export interface Reading {
  clusterId: string
  /** ms since the epoch, by the watchdog's clock: before the first and after the last request. */
  startedAt: number
  finishedAt: number
  brokers: BrokerRetention[]
  /**
   * Groups whose coordinator answered in full, by group id. A group that is missing here is unknown for now, never
   * gone.
   */
  groups: Map<string, GroupReading>
  offsets: CommittedOffsets
  topics: Map<string, TopicReading>
  /**
   * For each group with a known assignment: partitions with records that members own and that have no offset of the
   * group.
   */
  uncommitted?: Map<string, TopicPartition[]>
  /** The longest log.retention.check.interval.ms of the brokers. */
  logSweep: number
  /** The part of `__consumer_offsets` that was read; undefined if it was not read. */
  log?: LogReading
  /** Why there is no `log`. */
  withoutLog?: LogAbsence
  /** Undefined if unknown. */
  offsetsTopic?: OffsetsTopic
  problems: Problem[]
  /** True if every broker listed its groups and every listed or known group was read. */
  complete: boolean
}

/** The part of `__consumer_offsets` that this run has read. */
export interface LogReading {
  groupLog(group: string): GroupLog | undefined
  cursors: LogCursor[]
  progress: LogProgress
}

/** How far one partition was read, for the next run: [from, to) of the topic with that id. */
export interface LogCursor {
  partition: number
  /** Null if the broker is too old for topic ids. */
  topicId: string | null
  /**
   * Epoch of the last batch read; −1 if nothing was read. With this epoch, the leader detects that the log was
   * truncated and rewritten.
   */
  leaderEpoch: number
  from: number
  to: number
  /** Offset after the last batch that could not be read; 0 if all could. */
  unreadableTo: number
  /**
   * Leader epoch when all of the partition's groups were last read. Another epoch means that a coordinator has loaded
   * the partition since.
   */
  coordinatorEpoch: number
}

/** Numbers of records; `left` is estimated from offsets. */
export interface LogProgress {
  caughtUp: boolean
  read: number
  left: number
}

export interface GroupReading {
  kind: GroupKind
  state: string
  coordinator: number
  /** Kafka's protocol type: `consumer`, `connect`, …; empty for a simple group. */
  protocolType: string
  /** Topics that a member subscribes to; undefined if unknown. */
  subscribed: ReadonlySet<string> | undefined
  /** Null if the group has no members, or if its members are not visible. */
  member: Member | null
  /**
   * True if the coordinator keeps an offset while a transactional commit of its partition is pending. Kafka 4's
   * coordinator does, which Kafka 3.8 and 3.9 can run, too.
   */
  pendingGuards: boolean
  /** The group's rows of `offsets`: [from, to). */
  from: number
  to: number
  /** Known keys for which the coordinator, asked by name, answered without error that it has no offset. */
  absent: Absence[]
  /**
   * Known keys that the coordinator could neither confirm nor deny, such as the keys of a topic that the watchdog may
   * not describe.
   */
  unreadable: { topic: string; partition: number }[]
}

/** A group has no offset of this partition. */
export interface Absence {
  topic: string
  partition: number
  /** The coordinator answered with a negative offset other than −1, which a client has committed. */
  negative?: true
}

/** `undefined` instead of a TopicReading means: unknown for now. */
export interface TopicReading {
  /** Null if the broker is too old to tell. */
  id: string | null
  /** True if every live broker says that the topic does not exist. */
  deleted: boolean
  /** Log start and high watermark by partition index, for the partitions that were read. */
  log: Map<number, { start: bigint; end: bigint }>
  /** Undefined if the retention was not asked for, because no group has unread records. */
  retention?: RecordsRetention
  /** By partition index, for partitions with unread records. */
  probes?: Map<number, TimeProbe[]>
}

/** The settings by which Kafka deletes the records of a topic. */
export type RecordsRetention =
  | {
      by: 'time'
      /** retention.ms */
      retention: number
      setBy: RetentionSetBy
      /**
       * segment.ms: no timestamp in a segment is more than this much later than the largest timestamp of its first
       * batch.
       */
      segment: number
      /** True if the cleaner also compacts the topic, and so merges segments. */
      isCompacted: boolean
    }
  | { by: 'never' | 'size' | 'tiered' | 'not-authorized' | 'unknown' }

/** A leader's answer to ListOffsets, which asks for the first record with the timestamp `asked` or a later one. */
export interface TimeProbe {
  /** ms since the epoch */
  asked: number
  /** Null if all records are older. */
  found: { offset: bigint; timestamp: number } | null
}

/**
 * The records of `__consumer_offsets` about one group, in the part that was read since the last snapshot. Times are the
 * brokers', in ms since the epoch.
 */
export interface GroupLog {
  /**
   * True if the partition was read past a log end that was taken after OffsetFetch answered. Then the last record found
   * for a key is really its last.
   */
  caughtUp: boolean
  /** True if no record since the last snapshot can have been missed. */
  complete: boolean
  /** True if the coordinator has loaded this partition of the log since the last snapshot, or may have. */
  reloaded: boolean
  /** Log start of the group's partition. Records before this offset are deleted. */
  start: number
  /**
   * True if the coordinator uses another partition for the group than at the last snapshot, and has lost the records in
   * the old one.
   */
  isElsewhere: boolean
  /**
   * The group's last GroupMetadata record, if there is a new one. `emptySince` is null if the group has members, or if
   * the record has no time. `older` is like that of a commit. Tombstones are left out: a group's tombstone deletes no
   * offset.
   */
  group: { emptySince: number | null; older: boolean } | null
  /** By `keyOf`. Keys without a new record are missing. */
  commits: ReadonlyMap<string, LoggedCommit>
}

/** The last records of one group, topic and partition. */
export interface LoggedCommit {
  /** Null if the last record is a tombstone. */
  last: LoggedOffset | null
  /** Time of the last tombstone: of a sweep, a deletion, or the commit of a negative offset. */
  tombstoneAt: number | null
  /** True if that tombstone is the commit of a negative offset, which consumers treat as no offset. */
  negative: boolean
  /** The last commit before that tombstone. */
  before: LoggedOffset | null
  /**
   * True if a later record may not have been read: one of a transaction without an end, or one that cannot be decoded.
   */
  uncertain: boolean
  /**
   * True if these records lie before everything that earlier runs have read, so that the findings of those runs are
   * newer.
   */
  older: boolean
}

export interface LoggedOffset extends Logged {
  leaderEpoch: number | null
  metadata: string
  topicId: string | null
}
