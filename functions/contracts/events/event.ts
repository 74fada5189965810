import type { Resolution, Trouble } from '../../core/alerts/alert-state.ts'
import type { AtRisk } from '../../core/alerts/incident.ts'
import type { RecordedAction } from '../../core/alerts/recorded-action.ts'
import type { Outcome } from '../../core/evidence/loss.ts'
import type { Level, Problem } from '../../core/model/commit.ts'
import type { Person } from '../../core/model/person.ts'
import type { Mode } from '../../core/snapshot.ts'

/**
 * The events that other systems receive. docs/events.schema.json is their contract: later versions may add fields and
 * remove none. Times are ISO 8601 in UTC. Offsets and numbers of records are decimal strings.
 */
export type WatchdogEvent =
  | { type: 'Snapshot Taken'; detail: SnapshotTaken }
  | { type: 'Snapshot Incomplete'; detail: SnapshotIncomplete }
  | { type: 'Offsets Expiring'; detail: OffsetsExpiring }
  | { type: 'Offsets Lost'; detail: OffsetsLost }
  | { type: 'Offsets Recovered'; detail: OffsetsRecovered }
  | { type: 'Records Expiring'; detail: RecordsExpiring }
  | { type: 'Records Lost'; detail: RecordsLost }
  | { type: 'Records Safe'; detail: RecordsSafe }
  | { type: 'Never Committed'; detail: NeverCommittedFound }
  | { type: 'Incident Acknowledged'; detail: IncidentAcknowledged }
  | { type: 'Incident Closed'; detail: IncidentClosed }
  | { type: 'Watchdog Trouble'; detail: WatchdogTrouble }
  | { type: 'Action Taken'; detail: ActionTaken }

interface Detail {
  schemaVersion: 1
  /** An event may be published twice (at least once is promised), with the same id. */
  id: string
  cluster: string
  /** Start of the snapshot behind the event. */
  takenAt: string
}

export interface SnapshotTaken extends Detail {
  clusterId: string
  finishedAt: string
  mode: Mode
  complete: boolean
  counts: { groups: number; commits: number; gone: number }
}

export interface SnapshotIncomplete extends Detail {
  /** Number of all problems; `problems` has the first ones. */
  problemCount: number
  problems: Problem[]
}

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

export type AlertAction = 'opened' | 'escalated' | 'acknowledged' | 'closed'

/** Fields for a pager: an alert of this `key` opens, changes or closes. */
interface AlertDetail extends Detail {
  /** The same in each event of one incident, and different for each incident. */
  key: string
  action: AlertAction
  severity: Severity
  openedAt: string
}

export interface IncidentDetail extends AlertDetail {
  group: string
  /** Owner by the group's route; null if no route names one. */
  owner: string | null
  /** Null if no member was ever seen. */
  lastMember: IsoMember | null
  kind: SubjectKind
  /** Whether the incident is about the group's offsets, or about unread records. */
  atRisk: AtRisk
  /** Id of the incident, as in Slack. */
  incident: string
  /** Number of all partitions; `partitions` has the first ones. */
  partitionCount: number
}

/** Subjects of incidents: a deadline, a loss, or partitions without any commit. */
export const subjectKinds = ['deadline', 'loss', 'never-committed'] as const
export type SubjectKind = (typeof subjectKinds)[number]

export interface IsoMember {
  clientId: string
  host: string
  lastSeenAt: string
}

export interface OffsetsExpiring extends IncidentDetail {
  /** Null if there is no deadline: the offset lies beyond the end of the log. */
  level: Level | null
  partitions: { topic: string; partition: number; offset: string; deadline: IsoBounds | null }[]
}

interface IsoBounds {
  earliest: string | null
  latest: string
}

export interface OffsetsLost extends IncidentDetail {
  partitions: LostPartition[]
}

export interface LostPartition {
  topic: string
  partition: number
  /** The last known offset before the loss. */
  offset: string
  lastSeenAt: string
  outcome: Outcome['kind']
}

export interface OffsetsRecovered extends IncidentDetail {
  why: Resolution
  partitions: Place[]
}

/** A partition with its current offset, or its last one. */
interface Place {
  topic: string
  partition: number
  offset: string
}

export interface RecordsExpiring extends IncidentDetail {
  level: Level | null
  partitions: UnreadRecordsAtRisk[]
}

export interface UnreadRecordsAtRisk extends Place {
  /** Upper bound: markers of transactions and aborted records count. */
  unreadAtMost: string
  /** The topic's retention.ms. */
  retentionMs: number | null
  /** Time at which Kafka deletes the first of the records. `latest` null: unknown. */
  deadline: { earliest: string; latest: string | null } | null
}

export interface RecordsLost extends IncidentDetail {
  /** Sum over all partitions since the incident opened. */
  lostAtMost: string
  partitions: (Place & { lostAtMost: string })[]
}

export interface RecordsSafe extends IncidentDetail {
  why: Resolution
  partitions: Place[]
}

/** Partitions that members own, and for which the group has never committed an offset. */
export interface NeverCommittedFound extends IncidentDetail {
  /** `since`: end of the first reading in an unbroken series without a commit. */
  partitions: { topic: string; partition: number; since: string }[]
}

export interface IncidentAcknowledged extends IncidentDetail {
  partitions: Place[]
  acknowledgedAt: string
  /** The person who acknowledged the incident; null if unknown. */
  by: string | null
}

/** The end of an incident without a recovery. */
export interface IncidentClosed extends IncidentDetail {
  partitions: Place[]
  /** `forgotten`: the alert state no longer has the incident. */
  why: Resolution | 'forgotten'
  /** The person who closed the incident; null: the watchdog, by its rules. */
  by: string | null
}

/** The watchdog itself is unreliable, or reliable again. */
export interface WatchdogTrouble extends AlertDetail {
  trouble: Trouble['kind']
  /** The first sentences about the trouble. */
  details: string[]
}

/** A person's action by a button or a command. Each object under `actions/` is one event. */
export interface ActionTaken extends Detail {
  at: string
  did: RecordedAction['action']
  person: Person
  /** Null if the action concerns no incident. */
  incident: string | null
  group: string | null
  reason: string | null
  outcome: RecordedAction['outcome']
  before: RecordedAction['before']
  after: RecordedAction['after']
}
