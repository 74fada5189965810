import type { AlertState } from '../core/alert-state.ts'
import type { CommitTable } from '../core/commit-table.ts'
import type { Problem } from '../core/model.ts'
import type { Notice } from '../core/notice.ts'
import type { Reading } from '../core/reading.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** What the jobs ask of Kafka, of the store and of Slack. functions/wire.ts gives them the real ones. */

export interface KafkaReader {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string
  /** One pass over the cluster; what `base` knew is asked for by name where it does not show by itself. */
  read(base: CommitTable): Promise<Reading>
}

export interface Snapshots {
  /** The newest snapshot that verifies; one that does not is skipped and reported. */
  newest(cluster: string, options?: { onSkipped?: (problem: Problem) => void }): Promise<Snapshot | undefined>
  write(snapshot: Snapshot): Promise<void>
}

export interface Alerts {
  read(cluster: string): Promise<{ state: AlertState; version: string } | undefined>
  /** @returns the new version; throws Conflict where somebody else was faster. */
  write(cluster: string, state: AlertState, version: string | undefined): Promise<string>
}

/** Throws SlackFailure. */
export interface Channel {
  post(notice: Notice): Promise<{ channel: string; ts: string }>
  update(message: { channel: string; ts: string }, notice: Notice): Promise<void>
}
