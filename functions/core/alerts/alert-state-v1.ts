import * as v from 'valibot'
import {
  contentHash,
  digestKey,
  incidentKeys,
  selfCheckKey,
  summaryKey,
  unknownAgeKey,
  weekKey,
} from './keys.ts'

/**
 * In schemaVersion 1 each message was a field of its incident, summary, digest or trouble. `says` was the text whose
 * hash the state keeps now.
 */
const posting = v.nullish(v.looseObject({ says: v.string() }))
type Posting1 = v.InferOutput<typeof posting>

const version1 = v.looseObject({
  schemaVersion: v.literal(1),
  incidents: v.array(
    v.looseObject({
      id: v.string(),
      parent: posting,
      last: posting,
      thread: v.optional(v.record(v.string(), posting), {}),
    }),
  ),
  unknownAge: v.nullable(v.looseObject({ parent: posting })),
  summaries: v.optional(v.array(v.looseObject({ id: v.string(), parent: posting })), []),
  digestOf: v.optional(v.nullable(v.number()), null),
  digests: v.optional(
    v.array(v.looseObject({ channel: v.nullable(v.string()), says: v.string(), parent: posting })),
    [],
  ),
  heartbeat: v.optional(
    v.nullable(
      v.looseObject({
        troubles: v.array(
          v.looseObject({ kind: v.string(), since: v.number(), parent: posting, closed: posting }),
        ),
      }),
    ),
    null,
  ),
  week: v.optional(v.nullable(v.looseObject({ of: v.number(), parent: posting })), null),
  channels: v.optional(v.record(v.string(), v.string()), {}),
})

/**
 * @returns JSON of schemaVersion 2 with the same incidents and messages.
 * @throws if the JSON is not version 1
 */
export function fromVersion1(json: unknown): unknown {
  const { heartbeat, ...state } = v.parse(version1, json)
  const messages: Record<string, unknown> = {}
  const add = (key: string, message: Posting1) => {
    if (!message) return
    const { says, ...rest } = message
    messages[key] = { ...rest, hash: says && contentHash(says) }
  }

  const incidents = state.incidents.map(({ parent, last, thread, ...incident }) => {
    const keys = incidentKeys(incident.id)
    add(keys.parent, parent)
    add(keys.lastCall, last)
    for (const [reply, message] of Object.entries(thread)) add(keys.reply(reply), message)
    return incident
  })
  const summaries = state.summaries.map(({ parent, ...summary }) => {
    add(summaryKey(summary.id), parent)
    return summary
  })
  const digests = state.digests.map(({ says, parent, ...digest }) => {
    const dueAt = state.digestOf ?? 0
    add(digestKey({ ...digest, of: dueAt }), parent)
    return { ...digest, of: dueAt, hash: says }
  })
  const { troubles = [], ...selfCheck } = heartbeat ?? {}
  add(unknownAgeKey, state.unknownAge?.parent)
  if (state.week) add(weekKey(state.week.of), state.week.parent)
  return {
    ...state,
    schemaVersion: 2,
    incidents,
    unknownAge: without(state.unknownAge),
    summaries,
    digests,
    selfCheck: heartbeat && selfCheck,
    troubles: troubles.map(({ parent, closed, ...trouble }) => {
      add(selfCheckKey(trouble, 'parent'), parent)
      add(selfCheckKey(trouble, 'reply/closed'), closed)
      return trouble
    }),
    week: without(state.week),
    messages,
  }
}

function without(subject: { parent?: Posting1 } | null): object | null {
  if (subject === null) return null
  const { parent: _, ...rest } = subject
  return rest
}
