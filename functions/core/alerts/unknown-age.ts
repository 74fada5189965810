import { isTold } from '../model/commit.ts'
import { type Assessment, retentionOf } from '../policy.ts'
import { HOUR } from '../time.ts'
import type { AlertState } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import type { AssessedGroups } from './incidents.ts'
import { unknownAgeKey } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'

/** ms for which this message waits after a summary, so that a first run posts only one message. */
const NO_HURRY = HOUR

/** One message for each cluster, which is edited as groups of unknown age come and go. */
export function withUnknownAge(state: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const unknown = [...groups].flatMap(([group, assessments]) => {
    const ofUnknownAge = assessments.filter(({ case: policyCase }) => policyCase === 'unknown-age')
    const times = ofUnknownAge.map(assessment => knownFrom(assessment, context))
    const retentions = ofUnknownAge.flatMap(({ commit }) => retentionOf(commit, context) ?? [])
    const isAssumed = !retentions.every(isTold)
    return times.length === 0 ? [] : [{ group, knownFrom: times.reduce((a, b) => Math.max(a, b)), isAssumed }]
  })
  if (context.isStale || (state.unknownAge === null && unknown.length === 0)) return state
  const unknownAge = {
    ...state.unknownAge,
    groups: unknown.length,
    examples: unknown.slice(0, 10).map(({ group }) => group),
    knownFrom: unknown.reduce((latest, group) => Math.max(latest, group.knownFrom), context.now),
    isRetentionAssumed: unknown.some(({ isAssumed }) => isAssumed),
  }
  return { ...state, unknownAge }
}

/** By this time the offset has changed, outlived its retention, or vanished, unless the retention is only assumed. */
function knownFrom({ commit }: Assessment, context: AlertContext): number {
  const retention = retentionOf(commit, context)
  const { emptySince, valueSeenAt, runningFrom, seenFrom } = commit
  // A commit to an Empty group does not restart its clock.
  const since = Math.max(emptySince ? -Infinity : valueSeenAt, runningFrom ?? seenFrom)
  return since + (retention?.retention ?? 0) + 2 * (retention?.sweep ?? 0) + context.clockSkew
}

export function unknownAgeMessages(
  { cluster, unknownAge, summaries, messages }: AlertState,
  { now, takenAt }: AlertContext,
): AlertMessage[] {
  if (unknownAge === null) return []
  const waits = summaries.some(({ openedAt }) => Math.abs(now - openedAt) < NO_HURRY)
  if (waits && messages[unknownAgeKey] === undefined) return []
  const notice = { type: 'unknown-age', cluster, takenAt, ...unknownAge } as const
  const { groups, examples, isRetentionAssumed = false } = unknownAge
  const text = [groups, ...examples, ...(isRetentionAssumed ? ['assumed'] : [])].join(' ')
  return [alertMessage(unknownAgeKey, text, { notice })]
}
