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
  newest(cluster: string): Promise<{ snapshot: Snapshot | undefined; problems: Problem[] }>
  write(snapshot: Snapshot): Promise<void>
}

export interface Alerts {
  read(cluster: string): Promise<{ state: AlertState; version: string } | undefined>
  /** @returns the new version; throws Conflict where somebody else was faster. */
  write(cluster: string, state: AlertState, version: string | undefined): Promise<string>
}

/** Throws PostFailure. */
export interface Channel {
  post(notice: Notice): Promise<{ channel: string; ts: string }>
  /** @returns false where the message is no longer there */
  update(message: { channel: string; ts: string }, notice: Notice): Promise<boolean>
}

/** Slack did not take a message, in one sentence with its remedy. */
export class PostFailure extends Error {
  /** True where Slack may have taken it after all, as after a time-out. */
  readonly unsure: boolean
  readonly rateLimited: boolean

  constructor(message: string, options: { unsure?: boolean; rateLimited?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.unsure = options.unsure ?? false
    this.rateLimited = options.rateLimited ?? false
  }
}
