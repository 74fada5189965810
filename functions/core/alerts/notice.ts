import type { Outcome } from '../evidence/loss.ts'
import type { Impact } from '../impact.ts'
import type { BrokerRetention, Commit, Level } from '../model/commit.ts'
import type { NeverCommitted } from '../model/never-committed.ts'
import type { Ownership } from '../model/ownership.ts'
import type { UnreadRecords } from '../model/unread-records.ts'
import type { Cause } from '../policy.ts'
import type { Incident, Reply, Resolution, Silence, Trouble } from './alert-state.ts'

/** What a message has to say, without how it is said: functions/slack/ renders it. */
export type Notice =
  | ExpiringNotice
  | LossNotice
  | RecordsNotice
  | RecordsLostNotice
  | NeverCommittedNotice
  | BothNotice
  | ReplyNotice
  | SummaryNotice
  | UnknownAgeNotice
  | DigestNotice
  | TroubleNotice
  | WeekNotice
  | SilenceNotice

export interface GroupNotice extends Ownership {
  cluster: string
  incident: Incident
  /** Start of the snapshot this rests on. */
  takenAt: number
  /** Now, to say how long is left. */
  now: number
  mention: boolean
  /** Set when the incident is over: the message says so and why, and stays. */
  resolved: Resolution | null
}

export interface ExpiringNotice extends GroupNotice {
  type: 'expiring'
  cause: Cause
  level: Level | null
  /** `last`: a message of its own at the last level, beside the incident's first one. */
  slot: 'parent' | 'last'
  /** True where nothing would be lost now, as each partition's log is empty at its offset. */
  harmless: boolean
  /** The partitions at risk, most urgent first. */
  commits: { commit: Commit; level: Level | null; impact: Impact }[]
  /** Retention of the group's coordinator, and where the number came from. */
  retention: BrokerRetention
  /** Incidents of groups of its name family that this message states as well. */
  alike: Incident[]
}

export interface LossNotice extends GroupNotice {
  type: 'loss'
  commits: LostCommit[]
  /** Retention of the group's coordinator. */
  retention: BrokerRetention
  /** How often the same partition was seen to lose its offset and begin anew, and nobody put it back; 0 below 2. */
  resets: number
}

/** Why records stay unread until Kafka deletes them. */
export type UnreadCause =
  /** The group commits the same offset, or nothing. */
  | 'stands-still'
  /** It commits, and reads more slowly than records come. */
  | 'too-slow'
  /** It has stopped since the incident opened. */
  | 'stopped'

/** One partition with unread records whose deadline is near. */
export interface PartitionAtRisk {
  commit: Commit
  unread: UnreadRecords
}

export interface RecordsNotice extends GroupNotice {
  type: 'records'
  cause: UnreadCause
  level: Level | null
  slot: 'parent' | 'last'
  /** The partitions at risk, most urgent first. */
  partitions: PartitionAtRisk[]
}

/** Records that Kafka deleted unread. */
export interface RecordsLostNotice extends GroupNotice {
  type: 'records-lost'
  /** In total, since the incident opened. */
  atMost: bigint
  /** End of the last reading that found more of them lost, ms since the epoch. */
  lastAt: number
  /** The partitions that lost some in the last seven days, the worst first. */
  commits: Commit[]
}

/** Partitions that members own, and of which the group has never committed an offset. */
export interface NeverCommittedNotice extends GroupNotice {
  type: 'never-committed'
  /** By topic. Empty once the incident is over. */
  entries: NeverCommitted[]
}

/** A message that two incidents of a group share: its offsets and its unread records are at risk, or were. */
export interface BothNotice {
  type: 'both'
  cluster: string
  /** The incident that had the message first. */
  incident: Incident
  mention: boolean
  /** Those that are open, the nearer one first; or the one that was closed last. */
  notices: readonly [DeadlineNotice, ...DeadlineNotice[]]
}

/** What has not happened yet. */
export type DeadlineNotice = ExpiringNotice | RecordsNotice

/** A reply in the thread of the incident's parent, which goes on saying the whole. */
export interface ReplyNotice {
  type: 'reply'
  reply: Reply
  about: IncidentNotice
}

/** What an incident has to say by itself. */
export type IncidentNotice = DeadlineNotice | LossNotice | RecordsLostNotice | NeverCommittedNotice

/** Many incidents that began together, in place of a message for each. */
export interface SummaryNotice {
  type: 'summary'
  kind: Incident['kind']
  cluster: string
  id: string
  takenAt: number
  now: number
  mention: boolean
  /** All that this message told of. */
  total: number
  /** Those that are still open and have no message of their own. */
  open: number
  /** True where none of these can come nearer: all have reached their last level. */
  isLastWord: boolean
  /** All of these, the most urgent first. */
  worst: IncidentNotice[]
}

/** What is at risk, or has gone, without being urgent. */
export interface DigestNotice {
  type: 'digest'
  cluster: string
  takenAt: number
  now: number
  /** The time of day that this is the digest of. */
  dueAt: number
  entries: DigestEntry[]
  neverCommitted: (NeverCommitted & { owner: string | null })[]
  /** What ignore rules hide, for the default channel; null for others. */
  ignored: IgnoredNotice | null
}

export interface IgnoredNotice {
  /** Number of groups. */
  groups: number
  /** Rules that end within seven days. */
  ending: { pattern: string; until?: number | undefined }[]
  /** Rules that match no group. */
  idle: { pattern: string }[]
}

/** One group in one case; `worst` is the commit that is most urgent. */
export interface DigestEntry extends Ownership {
  case: 'topic-deleted' | 'loss-stopped' | 'stopped' | 'unread' | 'records-lost' | 'moved-back' | 'protected'
  group: string
  partitions: number
  worst: Commit
}

/** The end of a silence: what happened meanwhile, by group. */
export interface SilenceNotice {
  type: 'silence'
  cluster: string
  takenAt: number
  silence: Silence
  /** Some of these groups are at their last level. */
  mention: boolean
  /** Came near a deadline and still are. */
  open: string[]
  /** Their incidents are over. */
  over: string[]
  lost: string[]
}

/** Once a week: the watchdog is looking. */
export interface WeekNotice {
  type: 'week'
  cluster: string
  takenAt: number
  now: number
  /** The Monday that this is the line of. */
  monday: number
  /** Snapshots that were watched in the week before, and how many of them were complete. */
  snapshots: number
  complete: number
  groups: number
  ignored: number
  /** The group that goes first, ignored ones aside; null where no deadline is known. */
  nearest: { group: string; deadline: number } | null
}

/** The watchdog itself cannot be relied on. */
export interface TroubleNotice {
  type: 'trouble'
  cluster: string
  trouble: Trouble
  /** `closed`: the reply that says that it is over. */
  slot: 'parent' | 'closed'
  /** Of the newest snapshot; null where there is none. */
  takenAt: number | null
  now: number
  /** ms between two snapshots. */
  interval: number
}

/** One partition that lost its place; `commit` is the row of the snapshot, gone or committed again. */
export interface LostCommit {
  commit: Commit
  /** The offset before it was lost. */
  lost: bigint
  /** End of the last reading that saw that offset. */
  lastSeenAt: number
  /** What became of it since. */
  outcome: Outcome
  /** What stands in the log at the lost offset. */
  impact: Impact
}

export interface UnknownAgeNotice {
  type: 'unknown-age'
  cluster: string
  takenAt: number
  /** Number of groups; 0 edits the message to say that it is over. */
  groups: number
  /** Some of them, at most ten. */
  examples: string[]
  knownFrom: number
}
