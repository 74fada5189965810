import * as v from 'valibot'
import { oneOf } from '../closed-list.ts'

/** What people do, by a button or a command. */
export const personActions = ['acknowledge', 'undo', 'ignore', 'unignore', 'mute'] as const

/** `none`: it holds already. The others are why nothing changes. */
export const actionOutcomes = ['done', 'none', 'closed', 'superseded', 'forgotten', 'unknown'] as const
export type ActionOutcome = (typeof actionOutcomes)[number]

/** What an action changes: how an incident stands, or which groups are silent until when (ms since the epoch). */
const standing = v.nullable(v.record(v.string(), v.unknown()))

/** One action of a person, with what it changed. Of a command of several incidents there is one for each of them. */
export const recordedAction = v.object({
  /** Of this action, in its cluster. */
  id: v.string(),
  cluster: v.string(),
  /** ms since the epoch */
  at: v.number(),
  action: oneOf(personActions),
  by: v.object({ id: v.nullable(v.string()), name: v.string(), team: v.nullable(v.string()) }),
  /** Its id; null where the action is of no incident. */
  incident: v.nullable(v.string()),
  /** Null where it is not known, or a pattern says which groups. */
  group: v.nullable(v.string()),
  reason: v.optional(v.nullable(v.string()), null),
  outcome: oneOf(actionOutcomes),
  before: standing,
  after: standing,
})
export type RecordedAction = v.InferOutput<typeof recordedAction>
