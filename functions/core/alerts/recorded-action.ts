import * as v from 'valibot'
import { oneOf } from '../closed-list.ts'

/** Actions of people, by a button or a command. */
const personActions = ['acknowledge', 'undo', 'ignore', 'unignore', 'mute'] as const

/** `none`: the incident is already in that state. Values other than `done` and `none` say why nothing changes. */
const actionOutcomes = ['done', 'none', 'closed', 'superseded', 'forgotten', 'unknown'] as const
export type ActionOutcome = (typeof actionOutcomes)[number]

/**
 * The part of the alert state that an action changes: one incident, or the silenced groups and the end of their silence
 * (ms since the epoch).
 */
const changedPart = v.nullable(v.record(v.string(), v.unknown()))

/**
 * One action of a person, with the changes it made. A command that changes several incidents has one entry for each.
 */
export const recordedAction = v.object({
  /** Id of this action, unique in its cluster. */
  id: v.string(),
  cluster: v.string(),
  /** ms since the epoch */
  at: v.number(),
  action: oneOf(personActions),
  by: v.object({ id: v.nullable(v.string()), name: v.string(), team: v.nullable(v.string()) }),
  /** The incident's id; null if the action is not about an incident. */
  incident: v.nullable(v.string()),
  /** The group; null if the group is unknown, or if a pattern selects the groups. */
  group: v.nullable(v.string()),
  reason: v.optional(v.nullable(v.string()), null),
  outcome: oneOf(actionOutcomes),
  before: changedPart,
  after: changedPart,
})
export type RecordedAction = v.InferOutput<typeof recordedAction>
