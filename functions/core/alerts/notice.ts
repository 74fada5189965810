import type { Outcome } from '../evidence/loss.ts'
import type { Impact } from '../impact.ts'
import type { BrokerRetention, Commit, Level } from '../model/commit.ts'
import type { NeverCommitted } from '../model/never-committed.ts'
import type { Ownership } from '../model/ownership.ts'
import type { UnreadRecords } from '../model/unread-records.ts'
import type { Cause } from '../policy.ts'
import type { Incident, Reply, Resolution, Silence, Summary, Trouble } from './alert-state.ts'

/** The facts of a message, without wording: functions/slack/ renders them. */
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

/** Times are ms since the epoch. */
interface ClusterNotice {
  cluster: string
  /** Start of the snapshot behind the facts. */
  takenAt: number
  /** Time of this run, from which the time left is computed. */
  now: number
}

export interface GroupNotice extends ClusterNotice, Ownership {
  incident: Incident
  mention: boolean
  /** Set once the incident is over. The message stays, and says why the incident is over. */
  resolved: Resolution | null
}

export interface ExpiringNotice extends GroupNotice {
  type: 'expiring'
  cause: Cause
  level: Level | null
  /** `last`: a separate message at the last level, beside the incident's first one. */
  slot: 'parent' | 'last'
  /** True if nothing would be lost now, because each partition's log is empty at its offset. */
  harmless: boolean
  /** The partitions at risk, most urgent first. */
  commits: { commit: Commit; level: Level | null; impact: Impact }[]
  /** Retention of the group's coordinator, and the source of the number. */
  retention: BrokerRetention
  /** Incidents of groups of the same name family that this message also states. */
  alike: Incident[]
}

export interface LossNotice extends GroupNotice {
  type: 'loss'
  commits: LostCommit[]
  retention: BrokerRetention
  /** How often one partition lost its offset and was reset without a restore; 0 below 2. */
  resets: number
}

/** Why records stay unread until Kafka deletes them. */
export type UnreadCause =
  /** The group commits the same offset, or nothing. */
  | 'stands-still'
  /** The group commits, but reads more slowly than producers write. */
  | 'too-slow'
  /** The group has stopped since the incident opened. */
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
  /** Total since the incident opened. */
  atMost: bigint
  /** End of the last reading that found more records lost, ms since the epoch. */
  lastAt: number
  /** Partitions that lost records in the last seven days, the worst first. */
  commits: Commit[]
}

/** Partitions that members own, but for which the group has never committed an offset. */
export interface NeverCommittedNotice extends GroupNotice {
  type: 'never-committed'
  /** By topic. Empty once the incident is over. */
  entries: NeverCommitted[]
}

/** One message for two incidents of a group: its offsets and its unread records are, or were, at risk. */
export interface BothNotice {
  type: 'both'
  cluster: string
  /** The incident that the message was first posted for. */
  incident: Incident
  mention: boolean
  /** The open incidents, the nearer deadline first; if all are closed, the last one closed. */
  notices: readonly [DeadlineNotice, ...DeadlineNotice[]]
}

/** A notice about a deadline that has not passed yet. */
export type DeadlineNotice = ExpiringNotice | RecordsNotice

/** A reply in the thread of the incident's parent. The parent stays complete without it. */
export type ReplyNotice = { type: 'reply' } & ReplyEvent

export type ReplyEvent =
  | { reply: 'offsets' | 'reset'; about: LossNotice }
  // An acknowledged loss of offsets is closed.
  | { reply: 'acknowledged'; about: Exclude<IncidentNotice, LossNotice> }
  | { reply: Exclude<Reply, 'offsets' | 'reset' | 'acknowledged'>; about: IncidentNotice }

/** The notice of one incident alone. */
export type IncidentNotice = DeadlineNotice | LossNotice | RecordsLostNotice | NeverCommittedNotice

/** Many incidents that began together, instead of one message each. */
export interface SummaryNotice extends ClusterNotice {
  type: 'summary'
  kind: Summary['kind']
  id: string
  mention: boolean
  /** Number of incidents that this message has ever included. */
  total: number
  /** Number of incidents that are still open and have no message of their own. */
  open: number
  /** True if all incidents have reached their last level, so that none can escalate further. */
  isLastWord: boolean
  /** The open incidents that have partitions to show, the most urgent first. */
  worst: IncidentNotice[]
}

/** Offsets and records at risk or lost that are not urgent, and partitions that were never committed. */
export interface DigestNotice extends ClusterNotice {
  type: 'digest'
  /** When this digest was due, ms since the epoch. */
  dueAt: number
  /** How often the channel of the digest gets a digest. */
  every: 'day' | 'week'
  entries: DigestEntry[]
  neverCommitted: (NeverCommitted & { owner: string | null })[]
  /** The effect of ignore rules, in the default channel; null in other channels. */
  ignored: IgnoredNotice | null
}

export interface IgnoredNotice {
  groups: number
  /** Rules that end within seven days. */
  ending: { pattern: string; until?: number | undefined }[]
  /** Rules that match no group. */
  idle: { pattern: string }[]
}

/** One group in one case; `worst` is its most urgent commit. */
export interface DigestEntry extends Ownership {
  case: 'topic-deleted' | 'loss-stopped' | 'stopped' | 'unread' | 'records-lost' | 'moved-back' | 'protected'
  group: string
  partitions: number
  worst: Commit
}

/** The end of a silence, and the events during it, by group. */
export interface SilenceNotice {
  type: 'silence'
  cluster: string
  takenAt: number
  silence: Silence
  /** True if one of these groups is at its last level. */
  mention: boolean
  /** Groups that came near a deadline and still are near it. */
  open: string[]
  /** Groups that came near a deadline and no longer are near one. */
  over: string[]
  lost: string[]
  /** Groups that a digest left out: their offsets moved back, or were deleted with a topic. */
  moved: string[]
}

/** The weekly line, which shows that the watchdog is working. */
export interface WeekNotice extends ClusterNotice {
  type: 'week'
  /** The Monday of this line. */
  monday: number
  /** Watched snapshots in the week before, and the number of complete ones. */
  snapshots: number
  complete: number
  groups: number
  ignored: number
  /** The group with the nearest deadline among the groups that are not ignored; null if no deadline is known. */
  nearest: { group: string; deadline: number } | null
}

/** The watchdog itself is not reliable. */
export interface TroubleNotice {
  type: 'trouble'
  cluster: string
  trouble: Trouble
  /** `closed`: the reply once the trouble is over. */
  slot: 'parent' | 'closed'
  /** Start of the newest snapshot; null if there is none. */
  takenAt: number | null
  now: number
  /** ms between two snapshots. */
  interval: number
}

/** One partition that lost its offset. `commit` is its row in the snapshot, gone or committed again. */
export interface LostCommit {
  commit: Commit
  /** The lost offset. */
  lost: bigint
  /** End of the last reading that saw the lost offset. */
  lastSeenAt: number
  /** The fate of the partition since the loss. */
  outcome: Outcome
  /** The result of a start at the lost offset. */
  impact: Impact
}

export interface UnknownAgeNotice {
  type: 'unknown-age'
  cluster: string
  takenAt: number
  /** Number of groups. If the number is 0, the message says that no such group is left. */
  groups: number
  /** At most ten of the groups. */
  examples: string[]
  knownFrom: number
  /** True if a retention is only assumed. Then an offset may stay of unknown age for longer. */
  isRetentionAssumed?: boolean | undefined
}
