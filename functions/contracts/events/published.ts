import * as v from 'valibot'

/**
 * An incident, or a trouble of the watchdog, that may be open for subscribers, with the fields that the closing event
 * needs.
 */
const openAlert = v.object({
  // These are open strings, so that values of a later version are kept when the state is written.
  kind: v.string(),
  level: v.nullable(v.string()),
  severity: v.string(),
  /** Empty for a trouble. */
  group: v.string(),
  openedAt: v.number(),
  /** The acknowledgement that was published last; null: none. */
  acknowledgedAt: v.nullable(v.number()),
  /**
   * Reason of the end, which is saved before the closing event is sent: the alert state may forget the incident before
   * the event has arrived.
   */
  ending: v.exactOptional(v.string()),
})
export type OpenAlert = v.InferOutput<typeof openAlert>

const published = v.object({
  schemaVersion: v.literal(1),
  /** The stage that was published last, by the id of the incident or trouble. */
  told: v.record(v.string(), v.string()),
  /**
   * Open alerts by the same id. Each is saved before its first event is sent: a run that dies after that may have
   * opened a pager.
   */
  open: v.optional(v.record(v.string(), openAlert), {}),
})

/**
 * The events that the subscribers of one sink have received. Slack's deliveries are kept separately, since either sink
 * may fail.
 */
export type Published = v.InferOutput<typeof published>

export type PublishedAlerts = Omit<Published, 'schemaVersion'>

/** @throws if the JSON is not this version's state */
export const parsePublished = (json: unknown): Published => v.parse(published, json)

/** The stages of an incident, in order. A published stage never goes back. */
const stages = ['none', 'first', 'second', 'last', 'lost', 'over']

export const isFurther = (stage: string, than: string | undefined): boolean =>
  stages.indexOf(stage) > stages.indexOf(than ?? '')

/** The later of the stages that two runs have published. */
export const furthest = (stage: string, other: string | undefined): string =>
  other !== undefined && isFurther(other, stage) ? other : stage
