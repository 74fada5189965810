import * as v from 'valibot'

const time = v.number()

/** A message in its life: `posting` is saved before the call to Slack, so that of two runs at once only one posts. */
const posting = v.object({
  status: v.picklist(['posting', 'posted']),
  /** When this was saved. */
  since: time,
  /** What the message says, in short: it is edited only when this changes. */
  says: v.string(),
  /** Where it is, once posted: the channel's *id* and the message's ts. */
  channel: v.nullable(v.string()),
  ts: v.nullable(v.string()),
})

const resolution = v.picklist([
  'committed-again',
  'same-offset-committed',
  'guarded-again',
  'no-longer-known',
  'lost',
  'topic-deleted',
  'ignored',
  'recovered',
  'caught-up',
  'acknowledged',
  'seven-days',
])

/**
 * One group that needs a person, from the first crossing until it is resolved. A deadline and a loss are two
 * incidents: the first is closed as `lost` when the second opens.
 */
const incident = v.object({
  /** Short and stable: derived from cluster, group, kind and opening time. */
  id: v.string(),
  kind: v.picklist(['deadline', 'loss']),
  group: v.string(),
  openedAt: time,
  /** Of its worst partition; it never falls. Null for a loss, and for what has no deadline. */
  level: v.nullable(v.picklist(['first', 'second', 'last'])),
  /** The partitions that were lost, with the time each was last seen: together the identity of the loss. */
  losses: v.array(v.object({ topic: v.string(), partition: v.number(), seenAt: time })),
  acknowledgedAt: v.nullable(time),
  closed: v.nullable(v.object({ at: time, why: resolution })),
  /** `parent` is the message that is edited in place; `last` is posted anew so that somebody is notified. */
  parent: v.nullable(posting),
  last: v.nullable(posting),
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
  incidents: v.array(incident),
  unknownAge: v.nullable(unknownAgeSummary),
})

export type Posting = v.InferOutput<typeof posting>
export type Resolution = v.InferOutput<typeof resolution>
export type Incident = v.InferOutput<typeof incident>
export type UnknownAgeSummary = v.InferOutput<typeof unknownAgeSummary>
export type AlertState = v.InferOutput<typeof alertState>

/** @throws where the JSON is not an alert state of this version */
export const parseAlertState = (json: unknown): AlertState => v.parse(alertState, json)

export const emptyAlertState = (cluster: string): AlertState => ({
  schemaVersion: 1,
  cluster,
  watched: null,
  incidents: [],
  unknownAge: null,
})
