import type { Resolution, Trouble } from '../../core/alerts/alert-state.ts'
import type { AtRisk } from '../../core/alerts/incident.ts'
import type { RecordedAction } from '../../core/alerts/recorded-action.ts'
import type { Outcome } from '../../core/evidence/loss.ts'
import type { Level, Problem } from '../../core/model/commit.ts'
import type { Person } from '../../core/model/person.ts'
import type { Mode } from '../../core/snapshot.ts'

/**
 * The events that other systems receive. docs/events.schema.json is their contract: later versions may add fields and take none away.
 * Times are ISO 8601 in UTC, offsets and numbers of records decimal strings.
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
  /** The same when an event is published again, which may happen: at least once is promised. */
  id: string
  cluster: string
  /** Start of the snapshot that this rests on. */
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
  /** Of all; `problems` has the first of them. */
  problemCount: number
  problems: Problem[]
}

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

export type AlertAction = 'opened' | 'escalated' | 'acknowledged' | 'closed'

/** What a pager needs: an alert of this `key` opens, changes or closes. */
interface AlertDetail extends Detail {
  /** The same in each event of one incident, and in no event of another. */
  key: string
  action: AlertAction
  severity: Severity
  openedAt: string
}

export interface IncidentDetail extends AlertDetail {
  group: string
  /** By the group's route; null where none names one. */
  owner: string | null
  /** Null where no member was ever seen. */
  lastMember: IsoMember | null
  kind: SubjectKind
  /** What the group may lose, or has lost: its offsets, or records that it has not read. */
  atRisk: AtRisk
  /** Its id, as in Slack. */
  incident: string
  /** Of all; `partitions` has the first of them. */
  partitionCount: number
}

/** What an incident is of: something with a deadline, a loss, or partitions without any commit. */
export const subjectKinds = ['deadline', 'loss', 'never-committed'] as const
export type SubjectKind = (typeof subjectKinds)[number]

export interface IsoMember {
  clientId: string
  host: string
  lastSeenAt: string
}

export interface OffsetsExpiring extends IncidentDetail {
  /** Null where there is no deadline: the offset lies beyond the end of the log. */
  level: Level | null
  partitions: { topic: string; partition: number; offset: string; deadline: IsoBounds | null }[]
}

/** A moment between two times. */
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
  /** The last known offset, as it was before. */
  offset: string
  lastSeenAt: string
  outcome: Outcome['kind']
}

export interface OffsetsRecovered extends IncidentDetail {
  why: Resolution
  partitions: Place[]
}

/** A partition with the offset that is committed now, or was last. */
interface Place {
  topic: string
  partition: number
  offset: string
}

export interface RecordsExpiring extends IncidentDetail {
  level: Level | null
  partitions: UnreadRecordsAtRisk[]
}

/** Records that a group has not read. */
export interface UnreadRecordsAtRisk extends Place {
  /** There may be fewer: markers of transactions, and what they aborted, count. */
  unreadAtMost: string
  /** The topic's retention.ms. */
  retentionMs: number | null
  /** When Kafka deletes the first of them. `latest` null: that is not known. */
  deadline: { earliest: string; latest: string | null } | null
}

export interface RecordsLost extends IncidentDetail {
  /** Over all partitions, since the incident opened. */
  lostAtMost: string
  partitions: (Place & { lostAtMost: string })[]
}

export interface RecordsSafe extends IncidentDetail {
  why: Resolution
  partitions: Place[]
}

/** Members own these partitions, and their group has never committed an offset of them. */
export interface NeverCommittedFound extends IncidentDetail {
  /** `since`: end of the first of an unbroken series of readings that saw it so. */
  partitions: { topic: string; partition: number; since: string }[]
}

export interface IncidentAcknowledged extends IncidentDetail {
  partitions: Place[]
  acknowledgedAt: string
  /** Who acknowledged it; null where that is not known. */
  by: string | null
}

/** An end that is no recovery. */
export interface IncidentClosed extends IncidentDetail {
  partitions: Place[]
  /** `forgotten`: the alert state no longer has the incident. */
  why: Resolution | 'forgotten'
  /** Who closed it; null: the watchdog, by its rules. */
  by: string | null
}

/** The watchdog itself cannot be relied on, or can again. */
export interface WatchdogTrouble extends AlertDetail {
  trouble: Trouble['kind']
  /** The first sentences of what is wrong. */
  details: string[]
}

/** What a person did, by a button or a command: each object under `actions/` is one event. */
export interface ActionTaken extends Detail {
  at: string
  did: RecordedAction['action']
  person: Person
  /** Null where the action is of no incident. */
  incident: string | null
  group: string | null
  reason: string | null
  outcome: RecordedAction['outcome']
  before: RecordedAction['before']
  after: RecordedAction['after']
}
