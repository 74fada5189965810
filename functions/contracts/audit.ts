import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import { iso } from '../core/time.ts'

/** Output of `audit --json`: each action like its object in the store. */
export const auditJson = (actions: readonly RecordedAction[]) => ({
  schemaVersion: 1,
  actions: actions.map(({ at, ...action }) => ({ ...action, at: iso(at) })),
})
