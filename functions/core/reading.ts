import type { CommitTable } from './columns/commit-table.ts'
import type { CommittedOffsets } from './columns/committed-offsets.ts'
import type { BrokerRetention, GroupKind, Logged, Member, Problem } from './model/commit.ts'
import type { TopicPartition } from './model/topic-partition.ts'
import type { OffsetsTopic } from './offsets-topic.ts'

/**
 * Why commit times were not learnt from `__consumer_offsets`. `unrelated`: it places groups by another hash than Apache
 * Kafka. `without-commits`: it was read to its end, and has none of the commits that the coordinators show.
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

/** What a pass goes on from: the commits of the snapshot before, and how far it had read `__consumer_offsets`. */
export interface PreviousSnapshot {
  commits: CommitTable
  cursors: LogCursor[]
  withoutLog?: LogAbsence | null | undefined
  /** `__consumer_offsets` as it was then; null where it was not told. */
  offsetsTopic?: OffsetsTopic | null
}

/** The result of one scan of a cluster. Everything in it is true; `problems` names everything that is missing. */
export interface Reading {
  clusterId: string
  /** ms since the epoch, on the watchdog's clock: taken before the first and after the last request. */
  startedAt: number
  finishedAt: number
  brokers: BrokerRetention[]
  /** Groups whose coordinator answered in full, by group id. A group that is absent here is not known now, never gone. */
  groups: Map<string, GroupReading>
  offsets: CommittedOffsets
  topics: Map<string, TopicReading>
  /** By group whose assignment is known: partitions with records that members own, and that the group has no offset of. */
  uncommitted?: Map<string, TopicPartition[]>
  /** The longest log.retention.check.interval.ms of the brokers, ms. */
  logSweep: number
  /** `__consumer_offsets`, as far as it was read; undefined without the right to read it. */
  log?: LogReading
  /** Why there is no `log`. */
  withoutLog?: LogAbsence
  /** Undefined where it cannot be told. */
  offsetsTopic?: OffsetsTopic
  problems: Problem[]
  /** True when every broker listed its groups and everything that was listed or known before was read. */
  complete: boolean
}

/** What this run has read of `__consumer_offsets`. */
export interface LogReading {
  of(group: string): GroupLog | undefined
  cursors: LogCursor[]
  progress: LogProgress
}

/** How far one partition has been read, for the next run to go on: [from, to) of the topic with that id. */
export interface LogCursor {
  partition: number
  /** Null where the broker is too old to tell. */
  topicId: string | null
  /** Of the last batch read, by which a log that was cut and written anew is known; −1 where none was read. */
  leaderEpoch: number
  from: number
  to: number
  /** Offset after the last batch that could not be read; 0 where all could. */
  unreadableTo: number
  /** Leader epoch of the partition when all of its groups were read last: another one says that it was loaded since. */
  coordinatorEpoch: number
}

/** Numbers of records; those left are estimated from offsets. */
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
  /** Topics that a member subscribes to; undefined where it cannot be known. */
  subscribed: ReadonlySet<string> | undefined
  /** Null where it has no members, or they may not be seen. */
  member: Member | null
  /** Whether a pending transactional commit keeps its partition: the coordinator of Kafka 4 does, and so in Kafka 3 where it is switched on. */
  pendingGuards: boolean
  /** Rows of `offsets` that are this group's: [from, to). */
  from: number
  to: number
  /** Keys that were known before and that the coordinator, asked by name and without error, has no offset for. */
  absent: Absence[]
  /** Keys that were known before and could not be confirmed either way, such as a topic without DESCRIBE. */
  unreadable: { topic: string; partition: number }[]
}

/** A group has no offset of this partition. */
export interface Absence {
  topic: string
  partition: number
  /** The coordinator answered with a negative offset other than −1: somebody has committed it. */
  negative?: true
}

/** `undefined` in place of a TopicReading means: not known now. */
export interface TopicReading {
  /** Null where the broker is too old to tell. */
  id: string | null
  /** True when every live broker says that no such topic exists. */
  deleted: boolean
  /** Log start and end by partition index, where read. */
  log: Map<number, { start: bigint; end: bigint }>
  /** Undefined where it was not asked for: no group has unread records. */
  retention?: RecordsRetention
  /** By partition index, where a group has unread records. */
  probes?: Map<number, TimeProbe[]>
}

/** The settings by which Kafka deletes the records of a topic. */
export type RecordsRetention =
  | {
      by: 'time'
      /** retention.ms */
      retention: number
      /** segment.ms: the timestamps in a segment go at most so far beyond those of its first batch. */
      segment: number
      /** The cleaner also compacts it, and so merges segments. */
      isCompacted: boolean
    }
  | { by: 'never' | 'size' | 'tiered' | 'not-authorized' | 'unknown' }

/** A leader's answer to ListOffsets for the first record with this timestamp or a later one. */
export interface TimeProbe {
  /** ms since the epoch */
  asked: number
  /** Null where no record is that young. */
  found: { offset: bigint; timestamp: number } | null
}

/**
 * What `__consumer_offsets` says of one group, as far as it has been read since the snapshot before. Times are the
 * brokers', in ms since the epoch.
 */
export interface GroupLog {
  /** Read past an end that was taken after OffsetFetch answered: the last record found is the last there is. */
  caughtUp: boolean
  /** No record since the snapshot before can have been missed. */
  complete: boolean
  /** The coordinator has loaded this partition of the log since the snapshot before, or may have. */
  reloaded: boolean
  /** Where the log of its partition starts now: records below it are deleted. */
  start: number
  /** The coordinator looks for it in another partition than at the snapshot before, and has lost what stood there. */
  isElsewhere: boolean
  /**
   * The last record of the group itself, where there is a new one: null emptySince where it has members, or where Kafka
   * does not know. Its tombstones end no offset, and are left out.
   */
  group: { emptySince: number | null } | null
  /** By `keyOf`. What has no new record is missing. */
  commits: ReadonlyMap<string, LoggedCommit>
}

/** The last records of one group, topic and partition. */
export interface LoggedCommit {
  /** Null where the last record is a tombstone. */
  last: LoggedOffset | null
  /** The last tombstone: the moment of a sweep or a deletion, or when a negative offset was committed. */
  tombstoneAt: number | null
  /** The commit of a negative offset stands for that tombstone: consumers take it for no offset. */
  negative: boolean
  /** What was committed last before that tombstone. */
  before: LoggedOffset | null
  /** A later record may not have been read: one of a transaction without an end, or one that cannot be decoded. */
  uncertain: boolean
  /** It stands in the log before all that was read by the runs before: what these have found is newer. */
  older: boolean
}

export interface LoggedOffset extends Logged {
  leaderEpoch: number | null
  metadata: string
  topicId: string | null
}
