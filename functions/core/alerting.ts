import type { AlertState } from './alert-state.ts'
import { type DigestContext, withDigests } from './digest.ts'
import { type AssessedGroups, settle } from './incidents.ts'
import { withSummaries } from './summary.ts'

/** The state after the newest snapshot, and the time, have been looked at; what Slack lacks then is due. */
export const movedOn = (state: AlertState, groups: AssessedGroups, context: DigestContext): AlertState =>
  withDigests(withSummaries(settle(state, groups, context), groups, context), groups, context)
