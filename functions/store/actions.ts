import { randomUUID } from 'node:crypto'
import { iso } from '../core/time.ts'
import type { ActionStore } from '../jobs/ports.ts'
import { actionKey } from './keys.ts'
import type { ObjectStore } from './objects/object-store.ts'

/** What people did about incidents. Each action is one object, which is written once and never changed. */
export const actionStore = (objects: ObjectStore): ActionStore => ({
  async record({ at, ...action }) {
    const json = JSON.stringify({ schemaVersion: 1, at: iso(at), ...action }, null, 2)
    await objects.create(
      actionKey(action.cluster, at, randomUUID().slice(0, 8)),
      new TextEncoder().encode(json),
    )
  },
})
