import type { Resolution } from '../../core/alerts/alert-state.ts'
import type { Outcome } from '../../core/evidence/loss.ts'
import type { Level, Problem } from '../../core/model/commit.ts'
import type { Mode } from '../../core/snapshot.ts'

/**
 * What other systems hear of. A contract, docs/events.schema.json: later versions may add fields and take none away.
 * Times are ISO 8601 in UTC, offsets and numbers of records decimal strings.
 */
export type WatchdogEvent =
  | { type: 'Snapshot Taken'; detail: SnapshotTaken }
  | { type: 'Snapshot Incomplete'; detail: SnapshotIncomplete }
  | { type: 'Offsets Expiring'; detail: OffsetsExpiring }
  | { type: 'Offsets Lost'; detail: OffsetsLost }
  | { type: 'Offsets Recovered'; detail: OffsetsRecovered }

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

interface IncidentDetail extends Detail {
  group: string
  /** As in Slack. */
  incident: string
  /** Of all; `partitions` has the first of them. */
  partitionCount: number
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
  /** What has ended. */
  kind: 'deadline' | 'loss'
  why: Resolution
  partitions: { topic: string; partition: number; offset: string }[]
}
