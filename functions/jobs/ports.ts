import type { AlertState } from '../core/alerts/alert-state.ts'
import type { AlertMessage, DeliveryTarget, MessageLocation } from '../core/alerts/message.ts'
import type { Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { PreviousSnapshot, Reading } from '../core/reading.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** What the jobs ask of Kafka, of the store and of Slack. These implement it; functions/wiring/snapshot.ts gives the real ones. */

export interface KafkaReader {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string
  /**
   * One scan of the cluster; what `previous` knew is asked for by name where it does not show by itself, and
   * `__consumer_offsets` is read on from its cursors.
   * @param previous is waited for only when it is needed: the store may answer beside Kafka
   */
  read(previous: () => Promise<PreviousSnapshot>): Promise<Reading>
}

export interface Snapshots {
  /**
   * The newest snapshot that verifies and is not later than the clock; others are skipped and reported.
   * @param options.onSkipped gets `clock-skew` for those that are later, and the time of the newest of them
   */
  newest(
    cluster: string,
    options?: { onSkipped?: (problem: Problem, takenAt: number) => void },
  ): Promise<Snapshot | undefined>
  /**
   * @param options.onProblem called for what went wrong beside the snapshot, which is stored
   * @param options.signal ends it before the next object is written; a snapshot without its manifest does not exist
   */
  write(
    snapshot: Snapshot,
    options?: { onProblem?: (problem: Problem) => void; signal?: AbortSignal | undefined },
  ): Promise<void>
}

export interface Alerts {
  read(cluster: string): Promise<{ state: AlertState; version: string } | undefined>
  /** @returns the new version; throws Conflict where somebody else was faster. */
  write(cluster: string, state: AlertState, version: string | undefined): Promise<string>
}

/** Sends messages to Slack. Throws SlackFailure. `channels`: the ids of channels, by their names in the settings. */
export interface Notifier {
  post(message: AlertMessage, target: DeliveryTarget, channels: ChannelIds): Promise<MessageLocation>
  update(
    location: MessageLocation,
    message: AlertMessage,
    target: DeliveryTarget,
    channels: ChannelIds,
  ): Promise<void>
  /**
   * Searches for this message, for a run that does not know whether it was posted.
   * @param since ms since the epoch
   * @returns undefined if it is not there, or the app may not look
   */
  find(
    message: AlertMessage,
    target: DeliveryTarget,
    channels: ChannelIds,
    since: number,
  ): Promise<MessageLocation | undefined>
  /** The channel that this message goes to, by its name or id in the settings where that is known. */
  nameOf(message: AlertMessage, target: DeliveryTarget, channels: ChannelIds): string
}

/** Slack's ids of channels, by their names in the settings. */
export type ChannelIds = AlertState['channels']

/** Somebody else has changed it since the version that a replacement was meant for. */
export class Conflict extends Error {
  constructor(key: string) {
    super(`${key} was changed by somebody else in the meantime`)
  }
}

/**
 * What the caller may do next.
 * - `not-posted`: Slack did nothing. Somebody has to put it right, or the next run tries again.
 * - `channel-refused`: Slack did nothing, because of the channel. Another channel may take it.
 * - `rate-limited`: Slack did nothing, and wants to be left alone for a while.
 * - `message-gone`: the message cannot be edited any more; it may be posted anew.
 * - `unsure`: the answer never came, so Slack may have done it.
 */
export type SlackTrouble = 'not-posted' | 'channel-refused' | 'rate-limited' | 'message-gone' | 'unsure'

export class SlackFailure extends Failure {
  readonly trouble: SlackTrouble
  /** ms to wait after `rate-limited`; 0 otherwise. */
  readonly retryAfter: number
  /** What happened with its remedy, without what was tried. */
  readonly why: string

  constructor(
    trouble: SlackTrouble,
    message: string,
    { cause, retryAfter = 0, why = message }: { cause?: unknown; retryAfter?: number; why?: string } = {},
  ) {
    super(message, { cause })
    this.trouble = trouble
    this.why = why
    this.retryAfter = retryAfter
  }
}
