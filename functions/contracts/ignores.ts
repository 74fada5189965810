import type { SlackIgnoreRule } from '../core/model/settings.ts'
import { iso } from '../core/time.ts'

/** Output of `ignore --json` and `unignore --json`. */
export const ignoresJson = (rules: readonly { cluster: string; rule: SlackIgnoreRule }[]) => ({
  schemaVersion: 1,
  rules: rules.map(({ cluster, rule: { id, pattern, reason, until, by, createdAt } }) => ({
    cluster,
    id,
    pattern,
    reason,
    until: iso(until),
    by,
    createdAt: iso(createdAt),
  })),
})
