import * as v from 'valibot'
import { type RecordedAction, recordedAction } from '../core/alerts/recorded-action.ts'
import { iso } from '../core/time.ts'
import type { ActionStore } from '../jobs/ports.ts'
import { actionKey, actionsFrom, actionsOf } from './keys.ts'
import { AlreadyExists, type ObjectStore } from './objects/object-store.ts'

/** Actions of people on incidents. Each action is one object, which is written once and never changed. */
export const actionStore = (objects: ObjectStore): ActionStore => ({
  async record({ at, id, ...action }) {
    const json = JSON.stringify({ schemaVersion: 1, at: iso(at), ...action }, null, 2)
    try {
      await objects.create(actionKey(action.cluster, at, id), new TextEncoder().encode(json))
    } catch (error) {
      // An earlier run wrote this same action, and died before the store's answer.
      if (!(error instanceof AlreadyExists)) throw error
    }
  },

  async since(cluster, time) {
    const found: RecordedAction[] = []
    for await (const key of objects.list(actionsOf(cluster), actionsFrom(cluster, time))) {
      const [, id = ''] = /-([0-9a-f]+)\.json$/.exec(key) ?? []
      const parsed = v.safeParse(actionObject, new TextDecoder().decode(await objects.read(key)))
      if (id !== '' && parsed.success && parsed.output.at >= time) found.push({ ...parsed.output, id })
    }
    return found
  },
})

/** The key contains the id. */
const actionObject = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    ...v.omit(recordedAction, ['id']).entries,
    at: v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse)),
  }),
)
