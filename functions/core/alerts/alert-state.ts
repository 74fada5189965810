import * as v from 'valibot'
import { oneOf } from '../closed-list.ts'
import { type Level, levels } from '../model/commit.ts'
import { fromVersion1 } from './alert-state-v1.ts'
import { laterKinds, sortedKinds } from './later-kinds.ts'
import { recordedAction } from './recorded-action.ts'

const time = v.number()

// The closed lists of the state. `unknown` replaces a value that a later version added.
export const postingStatuses = ['posting', 'posted', 'unknown'] as const
export const incidentKinds = [
  'deadline',
  'loss',
  'records-deadline',
  'records-loss',
  'never-committed',
] as const
/** A summary of the kind `records-deadline` also covers losses of records. */
export const summaryKinds = ['deadline', 'loss', 'records-deadline', 'never-committed'] as const
export const troubleKinds = ['silent', 'incomplete', 'rights-lost', 'unusable'] as const

/** The replies in the thread of an incident, by content. */
export const replies = [
  'opened',
  'second',
  'acknowledged',
  'undone',
  'reset',
  'offsets',
  'more-lost',
  'closed',
] as const
export type Reply = (typeof replies)[number]

export const resolutions = [
  'committed-again',
  'same-offset-committed',
  'guarded-again',
  'out-of-danger',
  'no-longer-known',
  'lost',
  'topic-deleted',
  'ignored',
  'recovered',
  'caught-up',
  'acknowledged',
  'seven-days',
  'unknown',
] as const
export type Resolution = (typeof resolutions)[number]

/** An object that keeps unknown fields of a later version, so that this version writes them back. */
const object = <const T extends v.ObjectEntries>(
  entries: T,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<T, undefined>>> => v.looseObject(entries)

/** A message that Slack has or may have. `posting` is saved before the call to Slack, so that only one run posts. */
const posting = object({
  status: oneOf(postingStatuses),
  /** When this posting was saved. */
  since: time,
  /** Hash of the content that Slack shows; empty if it is unknown. */
  hash: v.string(),
  /** Set once the message is posted: the channel's *id* and the message's ts. */
  channel: v.nullable(v.string()),
  ts: v.nullable(v.string()),
  /** The refusing channel, by its name in the settings, and why. The default channel then has the message. */
  refused: v.exactOptional(v.object({ channel: v.string(), why: v.string() })),
  /** Id of the run that saved a `posting`. */
  run: v.exactOptional(v.string()),
})

/** A number of records, as text: JSON numbers are exact only up to 2^53. */
const decimal = v.pipe(v.string(), v.regex(/^\d+$/))

/** Running total of an incident. Each number is an upper bound. */
const runningTotal = object({
  atMost: decimal,
  /** Records lost before this incident, which earlier incidents reported. */
  before: decimal,
  /** End of the last reading that found more records lost. */
  lastAt: time,
  /** Posts of the total to the channel: their number, the time of the last one, and the total that it stated. */
  told: object({ times: v.number(), at: time, atMost: decimal }),
  /**
   * Since when every snapshot has found the group at or above the log start: the start of the first such snapshot. Null
   * if the newest snapshot found the group below the log start.
   */
  aboveSince: v.nullable(time),
})

/**
 * One group that needs a person, from the first level until it is resolved. A deadline and a loss are two incidents:
 * the deadline closes as `lost` when the loss opens. Incidents of unread records have kinds of their own, so that an
 * earlier version of this program keeps them without interpreting them.
 */
const incident = object({
  /** Short and stable: derived from cluster, group, kind and opening time. */
  id: v.string(),
  kind: v.picklist(incidentKinds),
  group: v.string(),
  openedAt: time,
  /** The most urgent level that a partition has reached so far. Null for a loss, and if there is no deadline. */
  level: v.nullable(
    v.pipe(
      v.string(),
      // Null for a level that a later version added; the next watch sets the level again.
      v.transform((value): Level | null => levels.find(level => level === value) ?? null),
    ),
  ),
  /**
   * The lost partitions. `seenAt` is the time at which the offset was last seen. Together the entries identify the
   * loss.
   */
  losses: v.array(object({ topic: v.string(), partition: v.number(), seenAt: time })),
  /** Set for a loss of records. */
  recordsLost: v.exactOptional(runningTotal),
  /**
   * The group's latest loss of the same kind before this incident: for offsets the end of the last reading that saw the
   * lost offset, for records the end of the reading that found the loss. 0 if there is none.
   */
  lostBefore: v.optional(time, 0),
  acknowledgedAt: v.nullable(time),
  /** Name of the person who acknowledged the incident, if known. */
  acknowledgedBy: v.exactOptional(v.string()),
  /** When a person last took back an acknowledgement, and the name of that person. */
  undone: v.exactOptional(object({ at: time, by: v.string() })),
  /** When a person reopened the incident. */
  reopenedAt: v.exactOptional(time),
  closed: v.nullable(object({ at: time, why: oneOf(resolutions) })),
  /** The rule from Slack that closed the incident: the rule's id, author, pattern, end and reason. */
  ignoredBy: v.exactOptional(
    object({
      rule: v.string(),
      name: v.string(),
      pattern: v.string(),
      until: time,
      reason: v.string(),
    }),
  ),
  /**
   * The message that reports this incident, if the incident has none of its own, and the facts that the message states.
   * `id` names a summary, a silence, or the incident of the same name family that has the message.
   */
  summary: v.optional(v.nullable(object({ id: v.string(), told: v.string() })), null),
})

/** One message for many incidents that opened together, in one channel. */
const summary = object({
  id: v.string(),
  kind: v.picklist(summaryKinds),
  /** One of the summary's groups, whose route is the route of the summary. */
  group: v.optional(v.string(), ''),
  openedAt: time,
  /** Number of incidents that the summary has ever included. */
  total: v.number(),
})

/** Groups at risk that are not urgent: once a day in the default channel, once a week in the channel of a route. */
const digest = object({
  /** The channel of a route; null for the default channel. */
  channel: v.nullable(v.string()),
  /** When this digest was due, ms since the epoch. */
  of: time,
  /** A digest with the same hash as the previous one is not posted. */
  hash: v.string(),
  /** Events that a reading found after `since` are new. `saw`: end of the snapshot behind this digest. */
  since: time,
  saw: v.exactOptional(time),
})

/** A reason why the watchdog itself is not reliable. */
const trouble = object({
  kind: v.picklist(troubleKinds),
  since: time,
  over: v.nullable(time),
  /** Messages of the snapshot's problems. */
  details: v.array(v.string()),
})

const selfCheck = object({
  /** Time of the first watch. If no snapshot exists two intervals later, a snapshot counts as missing. */
  since: time,
  /** Incomplete snapshots in a row. */
  incomplete: v.number(),
  /**
   * True once a snapshot was taken with every right. If a later snapshot lacks a right, that right was lost.
   * `couldReadLog` is the same for the right to read `__consumer_offsets`.
   */
  couldReadAll: v.boolean(),
  couldReadLog: v.boolean(),
})

const counts = { snapshots: v.number(), complete: v.number() }

/** The weekly line that shows that the watchdog is working. */
const week = object({
  /** Monday of the week, as ms since the epoch. */
  of: time,
  /** Watched snapshots since that Monday, and the number of complete ones. */
  ...counts,
  /** The counts of the week before, which the line states; null if no line is due. */
  told: v.nullable(object(counts)),
})

/** The one summary of all groups of unknown age. */
const unknownAgeSummary = object({
  groups: v.number(),
  /** At most ten. */
  examples: v.array(v.string()),
  /** By then each group's offsets have changed, outlived a retention that is not only assumed, or vanished. */
  knownFrom: time,
  isRetentionAssumed: v.optional(v.boolean()),
})

/** A silence. Until the silence ends, only losses are posted about the groups that match its pattern. */
const silence = object({
  id: v.string(),
  pattern: v.string(),
  from: time,
  until: time,
  reason: v.string(),
  /** The person who muted the groups; null for a maintenance window of the settings. */
  by: v.nullable(v.string()),
  /** News of these groups that digests left out during the silence. `case` is the case of the digest entry. */
  leftOut: v.optional(v.array(object({ group: v.string(), case: v.string() })), []),
})

const alertState = object({
  schemaVersion: v.literal(2),
  cluster: v.string(),
  /** takenAt of the newest snapshot that was watched. Older snapshots are ignored. */
  watched: v.nullable(time),
  /** Id of the run that watched that snapshot. Another run that finds a new id here has been overtaken. */
  watchedBy: v.optional(v.nullable(v.string()), null),
  incidents: v.array(incident),
  unknownAge: v.nullable(unknownAgeSummary),
  summaries: v.array(summary),
  /** When the newest digests were due, and the end of the snapshot behind them. Null before the first watch. */
  digestOf: v.nullable(time),
  digestsSaw: v.exactOptional(time),
  digests: v.array(digest),
  selfCheck: v.nullable(selfCheck),
  troubles: v.array(trouble),
  week: v.nullable(week),
  /** Watched snapshots with unread records, counted up to three. Incidents of records open from the third on. */
  recordsSnapshots: v.optional(v.number(), 0),
  /** Current silences, and past ones whose end is not posted yet. */
  silences: v.optional(v.array(silence), []),
  /** Actions of people that are not written down in the store yet: see recordActionsOf. */
  unrecorded: v.optional(v.array(recordedAction), []),
  /** The messages in Slack, by key (keys.ts), including keys of a later version. */
  messages: v.record(v.string(), posting),
  /** Channel ids by the names in the settings: Slack's history accepts only ids. */
  channels: v.record(v.string(), v.string()),
  laterKinds,
})

export type Posting = v.InferOutput<typeof posting>
export type Incident = v.InferOutput<typeof incident>
export type RunningTotal = v.InferOutput<typeof runningTotal>
export type Summary = v.InferOutput<typeof summary>
export type Digest = v.InferOutput<typeof digest>
export type Trouble = v.InferOutput<typeof trouble>
export type SelfCheck = v.InferOutput<typeof selfCheck>
export type Silence = v.InferOutput<typeof silence>
export type UnknownAgeSummary = v.InferOutput<typeof unknownAgeSummary>
/** The alert state of one cluster. Times in ms. */
export type AlertState = v.InferOutput<typeof alertState>

const sorted = sortedKinds({ incidents: incidentKinds, summaries: summaryKinds, troubles: troubleKinds })

/** @throws if the JSON is not an alert state of this version or of version 1 */
export function parseAlertState(json: unknown): AlertState {
  const { schemaVersion } = v.parse(v.looseObject({ schemaVersion: v.number() }), json)
  return v.parse(alertState, v.parse(sorted, schemaVersion === 1 ? fromVersion1(json) : json))
}

export const emptyAlertState = (cluster: string): AlertState => ({
  schemaVersion: 2,
  cluster,
  watched: null,
  watchedBy: null,
  incidents: [],
  unknownAge: null,
  summaries: [],
  silences: [],
  unrecorded: [],
  digestOf: null,
  digests: [],
  selfCheck: null,
  troubles: [],
  week: null,
  recordsSnapshots: 0,
  messages: {},
  channels: {},
  laterKinds: {},
})
