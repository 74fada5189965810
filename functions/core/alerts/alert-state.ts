import * as v from 'valibot'
import { knownIn, oneOf } from '../closed-list.ts'
import { type Level, levels } from '../model/commit.ts'

const time = v.number()

// The closed lists of the state. `unknown` stands for a value that a later version added.
export const postingStatuses = ['posting', 'posted', 'unknown'] as const
export const incidentKinds = ['deadline', 'loss'] as const
export const troubleKinds = ['silent', 'incomplete', 'rights-lost', 'unusable'] as const

/** The replies in the thread of an incident, by what they say. */
export const replies = ['second', 'acknowledged', 'reset', 'offsets', 'closed'] as const
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

/**
 * A list without the entries of a kind that a later version added: this version can neither follow nor close them, and
 * opens what it finds itself.
 */
const ofKinds = <const K extends string, T extends { kind: string }>(
  kinds: readonly K[],
  entry: v.GenericSchema<unknown, T>,
) =>
  v.pipe(
    v.array(entry),
    v.transform(entries =>
      entries.flatMap(each => {
        const kind = knownIn(kinds, each.kind)
        return kind === 'unknown' ? [] : [{ ...each, kind }]
      }),
    ),
  )

/** A message in its life: `posting` is saved before the call to Slack, so that of two runs at once only one posts. */
const posting = v.object({
  status: oneOf(postingStatuses),
  /** When this was saved. */
  since: time,
  /** What the message says, in short: it is edited only when this changes. */
  says: v.string(),
  /** Where it is, once posted: the channel's *id* and the message's ts. */
  channel: v.nullable(v.string()),
  ts: v.nullable(v.string()),
  /** The channel that it was meant for, by the name in the settings, and why Slack refuses it there. */
  refused: v.exactOptional(v.object({ channel: v.string(), why: v.string() })),
  /** Of an intent, the run that saved it. */
  run: v.exactOptional(v.string()),
})

/**
 * One group that needs a person, from the first crossing until it is resolved. A deadline and a loss are two
 * incidents: the first is closed as `lost` when the second opens.
 */
const incident = v.object({
  /** Short and stable: derived from cluster, group, kind and opening time. */
  id: v.string(),
  kind: v.string(),
  group: v.string(),
  openedAt: time,
  /** Of its worst partition; it never falls. Null for a loss, and for what has no deadline. */
  level: v.nullable(
    v.pipe(
      v.string(),
      // The next watch raises it to what the commits say.
      v.transform((value): Level | null => levels.find(level => level === value) ?? null),
    ),
  ),
  /** The partitions that were lost, with the time each was last seen: together the identity of the loss. */
  losses: v.array(v.object({ topic: v.string(), partition: v.number(), seenAt: time })),
  /** When the newest loss that its group had had by its opening was last seen; 0 where there was none. */
  lostBefore: v.optional(time, 0),
  acknowledgedAt: v.nullable(time),
  closed: v.nullable(v.object({ at: time, why: oneOf(resolutions) })),
  /** `parent` is the message that is edited in place; `last` is posted anew so that somebody is notified. */
  parent: v.nullable(posting),
  last: v.nullable(posting),
  thread: v.optional(
    v.pipe(
      v.record(v.string(), v.nullable(posting)),
      // Replies of a later version stay, so that it does not post them again.
      v.transform((thread): { [R in Reply]?: Posting | null } => thread),
    ),
    {},
  ),
  /** Which summary told of it in place of a message of its own, and what of it. */
  summary: v.optional(v.nullable(v.object({ id: v.string(), told: v.string() })), null),
})

/** One message for many incidents that began together, in one channel. */
const summary = v.object({
  id: v.string(),
  kind: v.string(),
  /** One of its groups, whose route is its own. */
  group: v.optional(v.string(), ''),
  openedAt: time,
  /** Incidents that it told of at first. */
  total: v.number(),
  parent: v.nullable(posting),
})

/** What is at risk without being urgent, once a day in each channel. */
const digest = v.object({
  /** The channel of a route; null: the default one. */
  channel: v.nullable(v.string()),
  /** A digest that would say the same again is not posted. */
  says: v.string(),
  /** What has gone since then is news. */
  since: time,
  parent: v.nullable(posting),
})

/** Why the watchdog itself cannot be relied on. */
const trouble = v.object({
  kind: v.string(),
  since: time,
  over: v.nullable(time),
  /** What exactly, as the snapshot said. */
  details: v.array(v.string()),
  parent: v.nullable(posting),
  /** The reply that says that it is over. */
  closed: v.nullable(posting),
})

const heartbeat = v.object({
  /** When it was first asked; until there is a snapshot, silence counts from then. */
  since: time,
  /** Snapshots in a row that were not complete. */
  incomplete: v.number(),
  /** What an earlier snapshot could do, so that it has been lost since. */
  couldReadAll: v.boolean(),
  couldReadLog: v.boolean(),
  troubles: ofKinds(troubleKinds, trouble),
})

/** Once a week, the line that says that the watchdog is looking. */
const week = v.object({
  /** The time, ms since the epoch, that the line is of: the newest one is made. */
  of: time,
  /** Snapshots that were watched since, and how many of them were complete. */
  snapshots: v.number(),
  complete: v.number(),
  /** The same of the week before, which the line tells; null before the first one. */
  told: v.nullable(v.object({ snapshots: v.number(), complete: v.number() })),
  parent: v.nullable(posting),
})

/** The one summary of groups of unknown age. */
const unknownAgeSummary = v.object({
  groups: v.number(),
  /** Some of them, at most ten. */
  examples: v.array(v.string()),
  /** By then each of them has been seen to change, to outlive its retention, or to go. */
  knownFrom: time,
  parent: v.nullable(posting),
})

/** What the watchdog has told whom about one cluster: the one thing in the store that changes. Times in ms. */
const alertState = v.object({
  schemaVersion: v.literal(1),
  cluster: v.string(),
  /** takenAt of the newest snapshot that was watched; older ones are ignored from then on. */
  watched: v.nullable(time),
  /** Id of the run that watched it: by it another run sees that it was overtaken. */
  watchedBy: v.optional(v.nullable(v.string()), null),
  incidents: ofKinds(incidentKinds, incident),
  unknownAge: v.nullable(unknownAgeSummary),
  summaries: v.optional(ofKinds(incidentKinds, summary), []),
  /** The time of day, as ms since the epoch, whose digests are made; null before the first watch. */
  digestOf: v.optional(v.nullable(time), null),
  digests: v.optional(v.array(digest), []),
  heartbeat: v.optional(v.nullable(heartbeat), null),
  week: v.optional(v.nullable(week), null),
  /** The id of each channel that was posted to, by the name it has in the settings: to look there, only the id will do. */
  channels: v.optional(v.record(v.string(), v.string()), {}),
})

export type Posting = v.InferOutput<typeof posting>
export type Incident = AlertState['incidents'][number]
export type Summary = AlertState['summaries'][number]
export type Digest = v.InferOutput<typeof digest>
export type Trouble = Heartbeat['troubles'][number]
export type Heartbeat = v.InferOutput<typeof heartbeat>
export type UnknownAgeSummary = v.InferOutput<typeof unknownAgeSummary>
export type AlertState = v.InferOutput<typeof alertState>

/** @throws where the JSON is not an alert state of this version */
export const parseAlertState = (json: unknown): AlertState => v.parse(alertState, json)

export const emptyAlertState = (cluster: string): AlertState => ({
  schemaVersion: 1,
  cluster,
  watched: null,
  watchedBy: null,
  incidents: [],
  unknownAge: null,
  summaries: [],
  digestOf: null,
  digests: [],
  heartbeat: null,
  week: null,
  channels: {},
})
