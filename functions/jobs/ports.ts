import type { AlertmanagerAlert, SentAlerts } from '../contracts/events/alertmanager-alert.ts'
import type { WatchdogEvent } from '../contracts/events/event.ts'
import type { Published } from '../contracts/events/published.ts'
import type { AlertState } from '../core/alerts/alert-state.ts'
import type { AlertMessage, DeliveryTarget, MessageLocation } from '../core/alerts/message.ts'
import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import type { BrokerRetention, Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { Person } from '../core/model/person.ts'
import type { PlannedOffset } from '../core/model/planned-offset.ts'
import type { SlackIgnoreRule } from '../core/model/settings.ts'
import type { TopicPartition } from '../core/model/topic-partition.ts'
import type { OffsetsTopic } from '../core/offsets-topic.ts'
import type { PreviousSnapshot, Reading } from '../core/reading.ts'
import type { CurrentGroup, OffsetAndMetadata, WriteAnswer } from '../core/recovery/current-group.ts'
import type { GroupRows } from '../core/recovery/group-history.ts'
import type { RestoreIntent, RestoreResult } from '../core/recovery/restore-record.ts'
import type { Snapshot, SnapshotHead } from '../core/snapshot.ts'

/** All that the jobs ask of Kafka, the store, Slack and an event bus. functions/wiring/ gives each job the real parts. */

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

/** A state that changes, one for each cluster. */
interface StateStore<State> {
  read(cluster: string): Promise<{ state: State; version: string } | undefined>
  /** @returns the new version; throws Conflict where somebody else was faster. */
  write(cluster: string, state: State, version: string | undefined): Promise<string>
}

export type Alerts = StateStore<AlertState>

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
  /** The channel of this message, by its name or id in the settings where that is known. */
  nameOf(message: AlertMessage, target: DeliveryTarget, channels: ChannelIds): string
}

/** Slack's ids of channels, by their names in the settings. */
export type ChannelIds = AlertState['channels']

/** The reading side of the store. Times are ms since the epoch. */
export interface SnapshotReader {
  at(cluster: string, time: number, options: SkipOptions): Promise<Snapshot | undefined>
  readGroup(cluster: string, time: number, group: string, options: SkipOptions): Promise<Snapshot | undefined>
  heads(cluster: string, from: number, to: number): AsyncIterable<SnapshotHead>
}

/** What a history reads of the store. Times are ms since the epoch. */
export interface SnapshotHistory {
  /** When the snapshots at or before `time` were taken, newest first. @param reach ms that one listing covers */
  timesBack(cluster: string, time: number, reach?: number): AsyncIterable<number>
  /** A group's rows in the snapshot taken at exactly `takenAt`; undefined where it does not verify. */
  historyRows(
    cluster: string,
    takenAt: number,
    group: string,
    options: SkipOptions,
  ): Promise<GroupRows | undefined>
}

/** What an exporter of committed offsets has told a time-series database. */
export interface OffsetSeries {
  /**
   * The values of a group's partitions at a time, ms since the epoch; NaN where there is none.
   * @throws Failure where they cannot be read, or only in part
   */
  offsetsAt(group: string, time: number): Promise<(TopicPartition & { value: number })[]>
}

export interface SkipOptions {
  /** Hears of snapshots that do not verify, in whose place an older one answers. */
  onSkipped?: (problem: Problem) => void
}

/** A right as the broker tells it; undefined where it does not. */
export type ProbedRight = boolean | undefined

/** What doctor asks of a cluster. */
export interface KafkaProbe extends AsyncDisposable {
  /** Each broker that the cluster names, and why it does not answer. */
  brokers(): Promise<{ id: number; address: string; trouble: string | undefined }[]>
  rights(subjects: { topics: string[]; groups: string[] }): Promise<ProbedRights>
  /** Those of `groups` that have offsets and that their coordinator does not list. */
  listedOnlyLive(groups: string[]): Promise<string[]>
  /** Each broker's, and why it was not told. */
  retention(): Promise<{ brokers: BrokerRetention[]; problems: Problem[] }>
  /**
   * `__consumer_offsets`, where it shows.
   * @param head of the newest snapshot, with which it is compared
   */
  offsetsTopic(head: SnapshotHead | undefined): Promise<OffsetsTopic | undefined>
}

export interface ProbedRights {
  cluster: { describe: ProbedRight; describeConfigs: ProbedRight }
  consumerOffsets: { exists: ProbedRight; describe: ProbedRight; read: ProbedRight }
  topics: ReadonlyMap<string, { describe: ProbedRight; describeConfigs: ProbedRight }>
  groups: ReadonlyMap<string, ProbedRight>
}

/** What a restore asks of a cluster to make its plan. Each throws NotAnswering where Kafka does not tell now. */
export interface PlannedKafka {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string
  /** The group as it is, with these partitions and those in which it has offsets. */
  read(group: string, partitions: readonly TopicPartition[]): Promise<CurrentGroup>
  /** The partitions of a topic; undefined where it cannot be seen. */
  partitionsOf(topic: string): Promise<number[] | undefined>
  /** The first offsets that are not older than `time` (ms since the epoch), else the log's end. */
  offsetsAt(
    time: number,
    partitions: readonly TopicPartition[],
  ): Promise<(TopicPartition & { offset: bigint })[]>
}

/** What a restore asks of a cluster to carry a plan out. */
export interface RestoredKafka {
  read(group: string, partitions: readonly TopicPartition[]): Promise<CurrentGroup>
  /** One OffsetCommit to the group's coordinator, as nobody's member. */
  write(group: string, offsets: readonly (TopicPartition & OffsetAndMetadata)[]): Promise<WriteAnswer[]>
}

/** What persons have restored: each execution is two objects, written once, before and after. */
export interface RestoreStore {
  /** @throws Failure where it cannot be written down */
  begin(intent: RestoreIntent): Promise<void>
  end(result: RestoreResult): Promise<void>
  /** The results that a group's restores came to, from `since` on (ms since the epoch), oldest first. */
  resultsOf(cluster: string, group: string, since: number): Promise<RestoreResult[]>
  /** The offsets that restores from `since` on (ms since the epoch) were about to write, also where no result says so. */
  plannedSince(cluster: string, since: number): Promise<PlannedOffset[]>
}

/** Where it is kept how far subscribers have been told, by cluster. */
export type PublishedStore = StateStore<Published>

/** An event that was not accepted, and why. */
export interface Unsent {
  event: WatchdogEvent
  /** A BusFailure where the bus took nothing more. */
  why: Failure
}

/** The request failed as a whole, so that another one would fail alike. */
export class BusFailure extends Failure {}

/** What jobs ask of an event bus. */
export interface Events {
  /** Resolves when each event was accepted or given up. @returns those that were not accepted */
  publish(events: readonly WatchdogEvent[]): Promise<Unsent[]>
}

/** Alertmanager, or what speaks its API. */
export interface AlertReceiver {
  /** @throws Failure where it does not take them */
  send(alerts: readonly (AlertmanagerAlert & { endsAt: string })[]): Promise<void>
}

/** Where it is kept which alerts a webhook was sent, by cluster. */
export type SentAlertsStore = StateStore<SentAlerts>

/** What doctor asks of a webhook. */
export interface WebhookProbe {
  readonly name: string
  /** The host alone, since the rest may be a secret. */
  readonly host: string
  readonly format: 'cloudevents' | 'alertmanager'
  /** Sends no alert and no event. @throws Failure where it does not answer as it should */
  check(): Promise<void>
}

/** What people have done: one object for each action, which is never changed. */
export interface ActionStore {
  record(action: RecordedAction): Promise<void>
  /** The actions from `time` on (ms since the epoch), oldest first. */
  since(cluster: string, time: number): Promise<RecordedAction[]>
}

/** The ignore rules that people made in Slack, those that end first before others. Times in ms since the epoch. */
export interface IgnoreStore {
  active(cluster: string, now: number): Promise<SlackIgnoreRule[]>
  add(cluster: string, rule: Omit<SlackIgnoreRule, 'id'>): Promise<SlackIgnoreRule>
  /** Ends a rule early. @returns false if somebody else has ended it */
  end(cluster: string, id: string, by: Person, at: number): Promise<boolean>
}

/** What doctor asks of the store. */
export interface StoreProbe {
  readonly location: string
  /** Throws a Failure unless it can be written. */
  probe(): Promise<void>
  newest(cluster: string, options: Required<SkipOptions>): Promise<Snapshot | undefined>
}

/** What doctor asks of Slack. */
export interface SlackProbe {
  readonly channel: string
  /** Scopes: those that the token has; undefined where Slack does not tell. */
  check(): Promise<{ team: string; user: string; scopes: readonly string[] | undefined }>
  /** Throws a Failure where it is not, or the channel is archived. Undefined: only a message would tell. */
  isMember(channel: { name: string; setting: string }): Promise<true | undefined>
}

/** What a status reads of the store. */
export interface StatusSnapshots {
  newest(cluster: string, options?: SkipOptions): Promise<Snapshot | undefined>
  /** As `newest`, with no other groups than those whose ids begin with `prefix`. */
  newestBeginning(cluster: string, prefix: string, options: SkipOptions): Promise<Snapshot | undefined>
}

/** What prune asks of the store. */
export interface PrunableSnapshots {
  /** Numbers of snapshots, and of Parquet files without a manifest. */
  prune(cluster: string, now: number): Promise<{ removed: number; kept: number; orphans: number }>
}

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
