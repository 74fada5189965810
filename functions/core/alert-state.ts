import type { Level } from './model.ts'

/** What the watchdog has told whom about one cluster: the one thing in the store that changes. JSON; times in ms. */
export interface AlertState {
  schemaVersion: 1
  cluster: string
  /** takenAt of the newest snapshot that was watched; older ones are ignored from then on. */
  watched: number | null
  incidents: Incident[]
  /** The one summary of groups of unknown age. */
  unknownAge: UnknownAgeSummary | null
}

/**
 * One group that needs a person, from the first crossing until it is resolved. A deadline and a loss are two
 * incidents: the first is closed as `lost` when the second opens.
 */
export interface Incident {
  /** Short and stable: derived from cluster, group, kind and opening time. */
  id: string
  kind: 'deadline' | 'loss'
  group: string
  openedAt: number
  /** Of its worst partition; it never falls. Null for a loss, and for what has no deadline. */
  level: Level | null
  /** The partitions that were lost, with the time each was last seen: together the identity of the loss. */
  losses: { topic: string; partition: number; seenAt: number }[]
  acknowledgedAt: number | null
  closed: { at: number; why: Resolution } | null
  /** `parent` is the message that is edited in place; `last` is posted anew so that somebody is notified. */
  parent: Posting | null
  last: Posting | null
}

export type Resolution =
  | 'committed-again'
  | 'same-offset-committed'
  | 'guarded-again'
  | 'no-longer-known'
  | 'lost'
  | 'topic-deleted'
  | 'ignored'
  | 'recovered'
  | 'caught-up'
  | 'acknowledged'
  | 'seven-days'

export interface UnknownAgeSummary {
  groups: number
  /** Some of them, at most ten. */
  examples: string[]
  /** By then each of them has been seen to change, to outlive its retention, or to go. */
  knownFrom: number
  parent: Posting | null
}

/** A message in its life: `posting` is saved before the call to Slack, so that of two runs at once only one posts. */
export interface Posting {
  status: 'posting' | 'posted'
  /** When the intent was saved. */
  since: number
  /** What the message says, in short: it is edited only when this changes. */
  says: string
  /** Where it is, once posted: the channel's *id* and the message's ts. */
  channel: string | null
  ts: string | null
}

export const emptyAlertState = (cluster: string): AlertState => ({
  schemaVersion: 1,
  cluster,
  watched: null,
  incidents: [],
  unknownAge: null,
})
