import type { AlertmanagerAlert, SentAlerts } from '../contracts/events/alertmanager-alert.ts'
import type { WatchdogEvent } from '../contracts/events/event.ts'
import type { Published } from '../contracts/events/published.ts'
import type { AlertState } from '../core/alerts/alert-state.ts'
import type { AlertMessage, DeliveryTarget, MessageLocation } from '../core/alerts/message.ts'
import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import type { BrokerRetention, Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { OffsetSample } from '../core/model/offset-sample.ts'
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

/** The jobs' interfaces to Kafka, the store, Slack and an event bus. functions/wiring/ has the real implementations. */

export interface KafkaReader {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string
  /**
   * Scans the cluster once. Asks by name for groups of `previous` that the listing leaves out, and continues
   * `__consumer_offsets` from the cursors of `previous`.
   * @param previous is awaited only when it is needed, so that the store and Kafka answer in parallel
   */
  read(previous: () => Promise<PreviousSnapshot>): Promise<Reading>
}

export interface Snapshots {
  /**
   * The newest snapshot that verifies and is not later than the clock. Other snapshots are skipped and reported.
   * @param options.onSkipped gets `clock-skew` for later snapshots, with the time of the newest one
   */
  newest(
    cluster: string,
    options?: { onSkipped?: (problem: Problem, takenAt: number) => void },
  ): Promise<Snapshot | undefined>
  /**
   * @param options.onProblem gets problems that do not prevent the snapshot
   * @param options.signal ends the write before the next object; a snapshot without its manifest does not exist
   */
  write(
    snapshot: Snapshot,
    options?: { onProblem?: (problem: Problem) => void; signal?: AbortSignal | undefined },
  ): Promise<void>
}

/** A state for each cluster. */
interface StateStore<State> {
  read(cluster: string): Promise<{ state: State; version: string } | undefined>
  /** Returns the new version. @throws Conflict if another writer was faster */
  write(cluster: string, state: State, version: string | undefined): Promise<string>
}

export type Alerts = StateStore<AlertState>

/** Sends messages to Slack. All methods throw SlackFailure. */
export interface Notifier {
  post(message: AlertMessage, target: DeliveryTarget, channels: ChannelIds): Promise<MessageLocation>
  update(
    location: MessageLocation,
    message: AlertMessage,
    target: DeliveryTarget,
    channels: ChannelIds,
  ): Promise<void>
  /**
   * Searches for this message, for a run that does not know whether the message was posted.
   * @param since ms since the epoch
   * @returns undefined if the message is not there, or the app may not search
   */
  find(
    message: AlertMessage,
    target: DeliveryTarget,
    channels: ChannelIds,
    since: number,
  ): Promise<MessageLocation | undefined>
  /** The channel of this message, by its name in the settings if the name is known, otherwise by its id. */
  nameOf(message: AlertMessage, target: DeliveryTarget, channels: ChannelIds): string
}

/** Slack's channel ids, by the channels' names in the settings. */
export type ChannelIds = AlertState['channels']

/** The reading side of the store. Times are ms since the epoch. */
export interface SnapshotReader {
  at(cluster: string, time: number, options: SkipOptions): Promise<Snapshot | undefined>
  readGroup(cluster: string, time: number, group: string, options: SkipOptions): Promise<Snapshot | undefined>
  heads(cluster: string, from: number, to: number): AsyncIterable<SnapshotHead>
}

/** Times are ms since the epoch. */
export interface SnapshotHistory {
  /** Times of the snapshots at or before `time`, newest first. @param reach ms that one listing covers */
  timesBack(cluster: string, time: number, reach?: number): AsyncIterable<number>
  /** A group's rows in the snapshot taken at exactly `takenAt`; undefined if the snapshot does not verify. */
  historyRows(
    cluster: string,
    takenAt: number,
    group: string,
    options: SkipOptions,
  ): Promise<GroupRows | undefined>
}

/** A time-series database with the offsets from exporters. */
export interface OffsetSeries {
  /** The samples of a group at `time`, ms since the epoch. @throws Failure if a value cannot be read */
  offsetsAt(group: string, time: number): Promise<OffsetSample[]>
}

export interface SkipOptions {
  /** Gets the problem of each snapshot that does not verify; an older snapshot is used in its place. */
  onSkipped?: (problem: Problem) => void
}

/** A right as the broker states it; undefined if the broker does not state it. */
export type ProbedRight = boolean | undefined

/** Requests of doctor to a cluster. */
export interface KafkaProbe extends AsyncDisposable {
  /** Each broker in the cluster's metadata; `trouble`: why it does not answer. */
  brokers(): Promise<{ id: number; address: string; trouble: string | undefined }[]>
  rights(subjects: { topics: string[]; groups: string[] }): Promise<ProbedRights>
  /** Groups that have offsets, and that their coordinator leaves out of its listing. */
  listedOnlyLive(groups: string[]): Promise<string[]>
  /** The retention of each broker, and a problem for each broker without an answer. */
  retention(): Promise<{ brokers: BrokerRetention[]; problems: Problem[] }>
  /** `__consumer_offsets`; undefined if it is not visible. @param head of the newest snapshot, for comparison */
  offsetsTopic(head: SnapshotHead | undefined): Promise<OffsetsTopic | undefined>
}

export interface ProbedRights {
  cluster: { describe: ProbedRight; describeConfigs: ProbedRight }
  consumerOffsets: { exists: ProbedRight; describe: ProbedRight; read: ProbedRight }
  topics: ReadonlyMap<string, { describe: ProbedRight; describeConfigs: ProbedRight }>
  groups: ReadonlyMap<string, ProbedRight>
}

/** Requests of a restore's plan. Each method throws NotAnswering if Kafka does not answer now. */
export interface PlannedKafka {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string
  /** The group's current state, with these partitions and those in which it has offsets. */
  read(group: string, partitions: readonly TopicPartition[]): Promise<CurrentGroup>
  /** The partitions of a topic; undefined if the topic is not visible. */
  partitionsOf(topic: string): Promise<number[] | undefined>
  /** In each partition, the first offset at or after `time` (ms since the epoch); otherwise the log's end. */
  offsetsAt(
    time: number,
    partitions: readonly TopicPartition[],
  ): Promise<(TopicPartition & { offset: bigint })[]>
}

/** Requests of a restore's execution. */
export interface RestoredKafka {
  read(group: string, partitions: readonly TopicPartition[]): Promise<CurrentGroup>
  /** Sends one OffsetCommit to the group's coordinator, without a member id. */
  write(group: string, offsets: readonly (TopicPartition & OffsetAndMetadata)[]): Promise<WriteAnswer[]>
}

/**
 * Records of restores. Each execution has two objects, one from before and one from after it. Neither object ever
 * changes.
 */
export interface RestoreStore {
  /** @throws Failure if the intent cannot be stored */
  begin(intent: RestoreIntent): Promise<void>
  end(result: RestoreResult): Promise<void>
  /**
   * A group's restores since `since` (ms since the epoch), oldest first. The offsets of a killed restore are `unsure`.
   */
  resultsOf(cluster: string, group: string, since: number): Promise<RestoreResult[]>
  /** The planned offsets of restores since `since` (ms since the epoch), including restores without a result. */
  plannedSince(cluster: string, since: number): Promise<PlannedOffset[]>
}

/** The progress of the subscribers, by cluster. */
export type PublishedStore = StateStore<Published>

export interface Unsent {
  event: WatchdogEvent
  /** A BusFailure if the bus accepted nothing more. */
  why: Failure
}

/** The request failed as a whole, so another one would fail, too. */
export class BusFailure extends Failure {}

/** Requests of the jobs to an event bus. */
export interface Events {
  /** Returns the events that were not accepted, after each event was accepted or given up. */
  publish(events: readonly WatchdogEvent[]): Promise<Unsent[]>
}

/** Alertmanager, or another receiver with the same API. */
export interface AlertReceiver {
  /** @throws Failure if the receiver does not accept the alerts */
  send(alerts: readonly (AlertmanagerAlert & { endsAt: string })[]): Promise<void>
}

/** The alerts that a webhook was sent, by cluster. */
export type SentAlertsStore = StateStore<SentAlerts>

/** Requests of doctor to a webhook. */
export interface WebhookProbe {
  readonly name: string
  /** The host alone, since the rest of the URL may be a secret. */
  readonly host: string
  readonly format: 'cloudevents' | 'alertmanager'
  /** Sends no alert and no event. @throws Failure if the webhook does not answer as expected */
  check(): Promise<void>
}

/** Actions of people: one object for each action, which never changes. */
export interface ActionStore {
  record(action: RecordedAction): Promise<void>
  /** The actions since `time` (ms since the epoch), oldest first. */
  since(cluster: string, time: number): Promise<RecordedAction[]>
}

/** The ignore rules that people made in Slack, in the order of their ends. Times are ms since the epoch. */
export interface IgnoreStore {
  active(cluster: string, now: number): Promise<SlackIgnoreRule[]>
  add(cluster: string, rule: Omit<SlackIgnoreRule, 'id'>): Promise<SlackIgnoreRule>
  /** Ends a rule early. @returns false if another person has ended it */
  end(cluster: string, id: string, by: Person, at: number): Promise<boolean>
}

/** Requests of doctor to the store. */
export interface StoreProbe {
  readonly location: string
  /** @throws Failure if the store cannot be written */
  probe(): Promise<void>
  newest(cluster: string, options: Required<SkipOptions>): Promise<Snapshot | undefined>
}

/** Requests of doctor to Slack. */
export interface SlackProbe {
  readonly channel: string
  /** True if people may ignore groups from Slack: this needs the members of user groups. */
  readonly asksForMembers: boolean
  /** `scopes`: the token's scopes; undefined if Slack does not list them. */
  check(): Promise<{ team: string; user: string; scopes: readonly string[] | undefined }>
  /** Undefined: only a message would show it. @throws Failure if the app is no member, or the channel is archived */
  isMember(channel: { name: string; setting: string }): Promise<true | undefined>
}

export interface StatusSnapshots {
  newest(cluster: string, options?: SkipOptions): Promise<Snapshot | undefined>
  /** Like `newest`, but only with groups whose ids begin with `prefix`. */
  newestBeginning(cluster: string, prefix: string, options: SkipOptions): Promise<Snapshot | undefined>
}

/** Requests of prune to the store. */
export interface PrunableSnapshots {
  /** Numbers of snapshots, and of Parquet files without a manifest. */
  prune(cluster: string, now: number): Promise<{ removed: number; kept: number; orphans: number }>
}

/** Another writer has changed the object since the version that this write replaces. */
export class Conflict extends Error {
  constructor(key: string) {
    super(`${key} was changed by somebody else in the meantime`)
  }
}

/**
 * Tells the caller what to do next.
 * - `not-posted`: Slack did nothing. A person has to fix the cause, or the next run tries again.
 * - `channel-refused`: Slack did nothing, because of the channel. Another channel may take the message.
 * - `rate-limited`: Slack did nothing, and asks to wait.
 * - `message-gone`: the message cannot be edited any more; it may be posted again.
 * - `unsure`: the answer never came, so Slack may have sent the message.
 */
export type SlackTrouble = 'not-posted' | 'channel-refused' | 'rate-limited' | 'message-gone' | 'unsure'

export class SlackFailure extends Failure {
  readonly trouble: SlackTrouble
  /** ms to wait after `rate-limited`; 0 otherwise. */
  readonly retryAfter: number
  /** The fault with its remedy, without the attempted action. */
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
