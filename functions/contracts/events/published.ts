import * as v from 'valibot'

/** An incident, or a trouble of the watchdog, that may be open for subscribers: what the event of its end needs. */
const openAlert = v.object({
  // Not closed lists: what a later version has added is written back.
  kind: v.string(),
  level: v.nullable(v.string()),
  severity: v.string(),
  /** Empty for a trouble. */
  group: v.string(),
  openedAt: v.number(),
  /** The acknowledgement that was published last; null: none. */
  acknowledgedAt: v.nullable(v.number()),
  /** Why it ended, saved before that is sent: the alert state may forget it before it is known to have arrived. */
  ending: v.exactOptional(v.string()),
})
export type OpenAlert = v.InferOutput<typeof openAlert>

const published = v.object({
  schemaVersion: v.literal(1),
  /** The stage that was published last, by the id of the incident or trouble. */
  told: v.record(v.string(), v.string()),
  /** By the same id. Saved before the first event is sent: a run that dies after that may have opened a pager. */
  open: v.optional(v.record(v.string(), openAlert), {}),
})

/** How far the subscribers of one sink were told. It is kept apart from what Slack was told: either may fail. */
export type Published = v.InferOutput<typeof published>

/** What subscribers know. */
export type PublishedAlerts = Omit<Published, 'schemaVersion'>

/** @throws where the JSON is no such state of this version */
export const parsePublished = (json: unknown): Published => v.parse(published, json)

/** The stages of an incident, in order. What was published never goes back. */
const stages = ['none', 'first', 'second', 'last', 'lost', 'over']

export const isFurther = (stage: string, than: string | undefined): boolean =>
  stages.indexOf(stage) > stages.indexOf(than ?? '')

/** The later of the stages that two runs have published. */
export const furthest = (stage: string, other: string | undefined): string =>
  other !== undefined && isFurther(other, stage) ? other : stage
