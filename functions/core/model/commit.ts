import type { LostRecords, UnreadRecords } from './unread-records.ts'

/**
 * The model of one committed offset in a snapshot. Times are ms since the epoch. An offset is the position of the next
 * record to read. Null means "does not apply" or "not known"; each field says which.
 */

// The closed lists of the model. Types, file schemas and tests derive from these arrays. In a file `unknown` also
// stands for a value that a later version added (closed-list.ts).

export const groupKinds = ['simple', 'classic', 'consumer', 'streams', 'share', 'unknown'] as const
export type GroupKind = (typeof groupKinds)[number]

/** Kafka's retention rules, by their names in docs/retention.md. */
export const rules = [
  'simple',
  'classic-empty',
  'classic-unsubscribed',
  'classic-guarded',
  'consumer-empty',
  'consumer-unsubscribed',
  'consumer-guarded',
  'streams-empty',
  'streams-unsubscribed',
  'streams-guarded',
  'explicit',
  'pending',
  'unknown',
] as const
export type Rule = (typeof rules)[number]

/**
 * The retention clock under each rule. `unsubscribed`: the clock runs although the group has members, since no member
 * subscribes to the topic. `guarded`: a guard stops the clock; without the guard, the clock counts from the
 * commit. `not-started`: a guard stops the clock, and the clock starts when the guard ends.
 */
const clocks: Record<Rule, 'running' | 'unsubscribed' | 'guarded' | 'not-started'> = {
  simple: 'running',
  'classic-empty': 'running',
  'classic-unsubscribed': 'unsubscribed',
  'classic-guarded': 'not-started',
  'consumer-empty': 'running',
  'consumer-unsubscribed': 'unsubscribed',
  'consumer-guarded': 'guarded',
  'streams-empty': 'running',
  'streams-unsubscribed': 'unsubscribed',
  'streams-guarded': 'guarded',
  explicit: 'running',
  pending: 'guarded',
  unknown: 'running',
}

export const isGuarded = (rule: Rule): boolean => clocks[rule] === 'guarded' || startsAfterGuard(rule)
export const startsAfterGuard = (rule: Rule): boolean => clocks[rule] === 'not-started'
export const isUnsubscribed = (rule: Rule): boolean => clocks[rule] === 'unsubscribed'

/** True if the clock counts from the moment the classic group became Empty, and not from the commit. */
export const countsFromEmpty = ({ kind, rule }: Pick<Commit, 'kind' | 'rule'>): boolean =>
  kind === 'classic' && !isUnsubscribed(rule)

export const evidences = ['exact', 'observed', 'unknown'] as const
export type Evidence = (typeof evidences)[number]

/** `negative`: a client committed a negative offset in its place; consumers treat that as no offset. */
export const goneReasons = [
  'expired',
  'deleted',
  'topic-deleted',
  'negative',
  'offsets-topic',
  'unknown',
] as const
export type GoneReason = (typeof goneReasons)[number]

/** Why the previous offset was replaced. `moved-back` is no loss. */
export const beforeReasons = [...goneReasons, 'moved-back'] as const

/** From the farthest to the nearest deadline. */
export const levels = ['first', 'second', 'last'] as const
export type Level = (typeof levels)[number]

export const retentionSources = ['broker', 'settings', 'default', 'unknown'] as const
export type RetentionSource = (typeof retentionSources)[number]

/** A moment that lies between two times. `earliest` is null if there is no lower bound. */
export interface Bounds {
  earliest: number | null
  latest: number
}

/** One group's offset of one partition, with what is known about its age. Key: group, topic, partition. */
export interface Commit {
  group: string
  topic: string
  partition: number
  /** UUID; another id means another topic of the same name. Null if the broker is too old to tell. */
  topicId: string | null

  kind: GroupKind
  /** The state in Kafka's spelling: Stable, Empty, PreparingRebalance, … */
  state: string
  /**
   * Id of the broker that leads the group's `__consumer_offsets` partition. That broker's offsets.retention.minutes
   * applies.
   */
  coordinator: number

  offset: bigint
  leaderEpoch: number | null
  /** Null if the settings exclude commit metadata. */
  metadata: string | null
  logStart: bigint | null
  /** The high watermark. */
  logEnd: bigint | null

  rule: Rule
  evidence: Evidence
  clockStart: Bounds | null
  /** The offset's own expireTimestamp, which replaces clock start + retention. */
  expiresAt: number | null
  /** When a sweep may delete the offset. Null if the clock does not run or retention is unlimited. */
  deadline: Bounds | null
  /** The deadline that would apply if the guard ended now. Null if no guard holds. */
  ifStopped: Bounds | null

  /** End of the first reading that saw this key. */
  firstSeenAt: number
  /** End of the first reading with the current offset, leader epoch and metadata. */
  valueSeenAt: number
  /** Start and end of the last reading with this key. */
  seenFrom: number
  seenAt: number

  /** When the offset was last committed, even while the clock starts at another event. */
  committed: Bounds
  /** When the commit's classic group became Empty; null in every other case. */
  emptySince: Bounds | null
  /**
   * Commits that were made while the classic group was Empty, except the commits of this tool's restores. Null if none
   * were seen.
   */
  outsideCommits: OutsideCommits | null
  /** When the transactional commit was made that the last reading found pending; null if it found none. */
  pendingSince: Bounds | null
  /**
   * Since when every reading has found this rule's clock running at this coordinator: the end of the first such
   * reading. Null while the clock does not run. For a gone offset: the start of the reading that found it gone.
   */
  runningFrom: number | null
  /**
   * End of the last reading that found that the clock must have restarted unseen, since the offset had outlived its
   * retention. Null if there is no such reading.
   */
  renewedAt: number | null

  /**
   * The key's last commit in the part of `__consumer_offsets` that was read; null if that part has no commit of the
   * key.
   */
  logged: Logged | null
  /**
   * When the group became Empty, by its last record in the log; null if it is not a classic group in state Empty, or if
   * the time is unknown.
   */
  loggedEmptySince: number | null

  gone: Gone | null
  previousCommit: PreviousCommit | null

  /** Null if nothing is unread, or the log was not read. */
  unread: UnreadRecords | null
  /** Null if no loss was seen in the last seven days. */
  lostRecords: LostRecords | null

  /** The group's last known member; null if no member was ever seen, or the settings exclude it. */
  lastMember: LastMember | null
}

/** One member of a group. If a group has several members, the first by client id and host. */
export interface Member {
  clientId: string
  /** The member's host as the broker saw it, usually an IP address. */
  host: string
}

/** `seenAt`: end of the last reading that saw the group with members, ms since the epoch. */
export interface LastMember extends Member {
  seenAt: number
}

/**
 * Commits from outside a group: times of the first and the last, ms since the epoch. A time is from the commit's record
 * in the log, else the end of the reading that found the commit.
 */
export interface OutsideCommits {
  first: number
  last: number
}

/**
 * A commit's record in `__consumer_offsets`. OffsetFetch returns this commit, unless a later record of the key has not
 * been read.
 */
export interface Logged {
  offset: bigint
  /** commitTimestamp, by the broker's clock. */
  at: number
  /** expireTimestamp, if the commit carried one. */
  expiresAt: number | null
  /**
   * Position of the record in its partition of `__consumer_offsets`; null if an earlier version of this program read
   * it.
   */
  logOffset: number | null
}

/**
 * An offset that was known before and is now confirmed absent by its coordinator. The offset vanished between
 * `earliest` and `latest`.
 */
export interface Gone {
  reason: GoneReason
  earliest: number
  latest: number
}

/** The offset before the last loss, reset or move backwards. */
export interface PreviousCommit {
  offset: bigint
  topicId: string | null
  leaderEpoch: number | null
  metadata: string | null
  /** End of the last reading with this offset. This time also identifies the loss. */
  seenAt: number
  reason: (typeof beforeReasons)[number]
  /**
   * Latest possible time of the loss, reset or move: end of the reading that found another offset, plus the clock skew.
   */
  lostBy: number
  /** The first offset that was seen after the loss, reset or move. */
  resetTo: bigint
  /**
   * State of the group, as Kafka spells it, in the reading that found the loss; null if an earlier version found it.
   */
  foundInState: string | null
}

export const problemCodes = [
  'unreachable',
  'not-authorized',
  'not-loaded',
  'timed-out',
  'leaderless',
  'undecodable',
  'too-large',
  'clock-skew',
  'open-transaction',
  'unsupported',
  'unverified-base',
  'offsets-topic',
  'unknown',
] as const
export type ProblemCode = (typeof problemCodes)[number]

/** Something that could not be read, or a fault of the cluster. The rest of the reading is valid. */
export interface Problem {
  scope: { broker?: number; group?: string; topic?: string; partition?: number }
  code: ProblemCode
  message: string
}

/** `offsets.retention.minutes` and `offsets.retention.check.interval.ms` of one broker. */
export interface BrokerRetention {
  broker: number
  /** ms; null if retention is unlimited. */
  retention: number | null
  /** ms between two sweeps. */
  sweep: number
  source: RetentionSource
}

/** True if the broker or the settings tell the retention. Otherwise Kafka's default is assumed. */
export const isTold = ({ source }: Pick<BrokerRetention, 'source'>): boolean =>
  source === 'broker' || source === 'settings'
