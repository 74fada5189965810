import * as v from 'valibot'
import { oneOf } from '../closed-list.ts'
import { type Level, levels } from '../model/commit.ts'
import { fromVersion1 } from './alert-state-v1.ts'
import { laterKinds, sortedKinds } from './later-kinds.ts'
import { recordedAction } from './recorded-action.ts'

const time = v.number()

// The closed lists of the state. `unknown` stands for a value that a later version added.
export const postingStatuses = ['posting', 'posted', 'unknown'] as const
export const incidentKinds = [
  'deadline',
  'loss',
  'records-deadline',
  'records-loss',
  'never-committed',
] as const
export const troubleKinds = ['silent', 'incomplete', 'rights-lost', 'unusable'] as const

/** The replies in the thread of an incident, by what they say. */
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

/** An object that keeps the fields of a later version, so that this version writes them back. */
const object = <const T extends v.ObjectEntries>(
  entries: T,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<T, undefined>>> => v.looseObject(entries)

/** A message that Slack has, or may have. `posting` is saved before the call to Slack, so that only one run posts. */
const posting = object({
  status: oneOf(postingStatuses),
  /** When this was saved. */
  since: time,
  /** Of the content that Slack has; empty where it is not known. */
  hash: v.string(),
  /** Where it is, once posted: the channel's *id* and the message's ts. */
  channel: v.nullable(v.string()),
  ts: v.nullable(v.string()),
  /** The channel that refuses the message, by its name in the settings, and why. It is in the default channel then. */
  refused: v.exactOptional(v.object({ channel: v.string(), why: v.string() })),
  /** Id of the run that saved a `posting`. */
  run: v.exactOptional(v.string()),
})

/** A number of records. JSON's own numbers end at 2^53. */
const decimal = v.pipe(v.string(), v.regex(/^\d+$/))

/** The running total of an incident. Each number is an upper bound. */
const runningTotal = object({
  atMost: decimal,
  /** What the snapshots had counted before, and earlier incidents have told. */
  before: decimal,
  /** End of the last reading that found more of them lost. */
  lastAt: time,
  /** How often the channel was told of the total, when it was last, and of which total. */
  told: object({ times: v.number(), at: time, atMost: decimal }),
  /** Start of the first of the newest snapshots in a row that have the group at or above the log start. */
  aboveSince: v.nullable(time),
})

/**
 * One group that needs a person, from the first crossing until it is resolved. A deadline and a loss are two
 * incidents: the first closes as `lost` when the second opens. Those of its unread records have kinds of their own, which
 * an earlier version of this program keeps without reading them.
 */
const incident = object({
  /** Short and stable: derived from cluster, group, kind and opening time. */
  id: v.string(),
  kind: v.picklist(incidentKinds),
  group: v.string(),
  openedAt: time,
  /** Of its worst partition; it never falls. Null for a loss, and where there is no deadline. */
  level: v.nullable(
    v.pipe(
      v.string(),
      // The next watch raises it to what the commits say.
      v.transform((value): Level | null => levels.find(level => level === value) ?? null),
    ),
  ),
  /** The lost partitions, with the time each was last seen: together the identity of the loss. */
  losses: v.array(object({ topic: v.string(), partition: v.number(), seenAt: time })),
  /** Set for a loss of records. */
  recordsLost: v.exactOptional(runningTotal),
  /** When the group's latest loss of the same kind was found before this incident opened; 0 if none. */
  lostBefore: v.optional(time, 0),
  acknowledgedAt: v.nullable(time),
  /** Who acknowledged it, where that is known. */
  acknowledgedBy: v.exactOptional(v.string()),
  /** The last time somebody took an acknowledgement back. */
  undone: v.exactOptional(object({ at: time, by: v.string() })),
  /** When a person took back what had closed it. */
  reopenedAt: v.exactOptional(time),
  closed: v.nullable(object({ at: time, why: oneOf(resolutions) })),
  /** The rule from Slack that closed it: its id, who made it, and why. */
  ignoredBy: v.exactOptional(
    object({
      rule: v.string(),
      name: v.string(),
      pattern: v.string(),
      until: time,
      reason: v.string(),
    }),
  ),
  /** The summary that stands for a message of its own, and the facts about this incident that it rests on. */
  summary: v.optional(v.nullable(object({ id: v.string(), told: v.string() })), null),
})

/** One message for many incidents that opened together, in one channel. */
const summary = object({
  id: v.string(),
  kind: v.picklist(incidentKinds),
  /** One of its groups: the summary takes its route. */
  group: v.optional(v.string(), ''),
  openedAt: time,
  /** Number of incidents when it opened. */
  total: v.number(),
})

/** What is at risk without being urgent, once a day in each channel. */
const digest = object({
  /** The channel of a route; null: the default one. */
  channel: v.nullable(v.string()),
  /** Its time of day, as ms since the epoch. */
  of: time,
  /** A digest with the hash of the one before is not posted. */
  hash: v.string(),
  /** Losses after this time are news. */
  since: time,
})

/** A reason why the watchdog itself cannot be relied on. */
const trouble = object({
  kind: v.picklist(troubleKinds),
  since: time,
  over: v.nullable(time),
  /** The sentences of the snapshot's problems. */
  details: v.array(v.string()),
})

const selfCheck = object({
  /** The first watch; until there is a snapshot, silence counts from then. */
  since: time,
  /** Incomplete snapshots in a row. */
  incomplete: v.number(),
  /** True once a snapshot could do this: from then on its absence is a loss of rights. */
  couldReadAll: v.boolean(),
  couldReadLog: v.boolean(),
})

const counts = { snapshots: v.number(), complete: v.number() }

/** The weekly line that says that the watchdog is looking. */
const week = object({
  /** Its Monday, as ms since the epoch. */
  of: time,
  /** Snapshots that were watched since then, and how many of them were complete. */
  ...counts,
  /** The same for the week before, which the line states; null while there is no line to post. */
  told: v.nullable(object(counts)),
})

/** The one summary of groups of unknown age. */
const unknownAgeSummary = object({
  groups: v.number(),
  /** Ten of them at most. */
  examples: v.array(v.string()),
  /** By then each of them has been seen to change, to outlive its retention, or to go. */
  knownFrom: time,
})

/** Nothing but losses is posted about these groups for a while. */
const silence = object({
  id: v.string(),
  pattern: v.string(),
  from: time,
  until: time,
  reason: v.string(),
  /** Who muted it; null: a maintenance window of the settings. */
  by: v.nullable(v.string()),
})

const alertState = object({
  schemaVersion: v.literal(2),
  cluster: v.string(),
  /** takenAt of the newest snapshot that was watched; older ones are ignored from then on. */
  watched: v.nullable(time),
  /** Id of the run that watched it: another run sees by it that it was overtaken. */
  watchedBy: v.optional(v.nullable(v.string()), null),
  incidents: v.array(incident),
  unknownAge: v.nullable(unknownAgeSummary),
  summaries: v.array(summary),
  /** The time of day, as ms since the epoch, whose digests are made; null before the first watch. */
  digestOf: v.nullable(time),
  digests: v.array(digest),
  selfCheck: v.nullable(selfCheck),
  troubles: v.array(trouble),
  week: v.nullable(week),
  /** Snapshots that were watched with their unread records, up to three. Incidents of records open from the third on. */
  recordsSnapshots: v.optional(v.number(), 0),
  /** Those that are not over, and those whose end is not posted yet. */
  silences: v.optional(v.array(silence), []),
  /** What people did, until it is written down: see recordActions. */
  unrecorded: v.optional(v.array(recordedAction), []),
  /** What Slack has, by the key of the message (keys.ts), keys of a later version included. */
  messages: v.record(v.string(), posting),
  /** The id of each channel that was posted to, by its name in the settings: Slack's history takes only ids. */
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
/** The alert state of one cluster. No other object in the store ever changes. Times in ms. */
export type AlertState = v.InferOutput<typeof alertState>

const sorted = sortedKinds({ incidents: incidentKinds, summaries: incidentKinds, troubles: troubleKinds })

/** @throws where the JSON is not an alert state of this version or of version 1 */
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
