import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import { iso } from '../core/time.ts'

/** What `audit --json` prints: each action as its object has it. */
export const auditJson = (actions: readonly RecordedAction[]) => ({
  schemaVersion: 1,
  actions: actions.map(({ at, ...action }) => ({ ...action, at: iso(at) })),
})
