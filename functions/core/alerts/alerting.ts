import { unlessDefect } from '../policy.ts'
import type { AlertState } from './alert-state.ts'
import { deadlineMessages } from './deadline-messages.ts'
import { type DigestContext, digestMessages, withDigests } from './digest.ts'
import { type AssessedGroups, type SettleContext, settle } from './incidents.ts'
import { lossMessages } from './loss-messages.ts'
import { type Due, type DueContext, due } from './posting.ts'
import { summaryMessages, wantsMessage, withSummaries } from './summary.ts'

/**
 * An alert, from a snapshot to Slack. ../policy.ts gives each commit its standing and its level; incidents.ts opens,
 * raises and closes a group's incidents by them; summary.ts and digest.ts gather what would be too many messages. What
 * Slack does not say yet of that state is due: deadline-messages.ts, loss-messages.ts and the two before decide what,
 * as a notice without words (notice.ts), and posting.ts whether it is there already. ../../slack has the words, and
 * ../../jobs/watch.ts posts them one by one and saves what came of each.
 */

/** The state after the newest snapshot, and the time, have been looked at; what Slack lacks then is due. */
export const movedOn = (
  state: AlertState,
  groups: AssessedGroups,
  context: DigestContext & SettleContext,
): AlertState => withDigests(withSummaries(settle(state, groups, context), groups, context), groups, context)

/** What is to be posted or edited so that Slack says what the state says. Empty where nothing changed. */
export function dueMessages(
  state: AlertState,
  groups: AssessedGroups,
  context: DueContext & SettleContext,
): Due[] {
  const ofIncidents = state.incidents.flatMap(incident => {
    const assessments = groups.get(incident.group)
    const isToldElsewhere = incident.parent === null && !wantsMessage(incident, groups)
    // Another run has opened it since this one looked, and knows more of it.
    if (assessments === undefined || isToldElsewhere) return []
    // What its message says rests on a newer snapshot.
    if (context.isStale && incident.kind === 'loss' && incident.parent !== null) return []
    const make = () =>
      incident.kind === 'loss'
        ? lossMessages(state, incident, assessments, context)
        : deadlineMessages(state.cluster, incident, assessments, context)
    return unlessDefect(incident.group, context, make) ?? []
  })
  return [
    ...summaryMessages(state, groups, context),
    ...ofIncidents,
    ...unknownAgeMessage(state, context),
    ...digestMessages(state, groups, context),
  ]
}

/** ms for which what is in no hurry waits after a message about many groups: a first run posts one message. */
const NO_HURRY = 60 * 60 * 1000

function unknownAgeMessage({ cluster, unknownAge, summaries }: AlertState, context: DueContext): Due[] {
  if (unknownAge === null) return []
  const { groups, examples, knownFrom, parent } = unknownAge
  if (parent === null && summaries.some(({ openedAt }) => context.now - openedAt < NO_HURRY)) return []
  const { takenAt } = context
  const notice = { type: 'unknown-age', cluster, takenAt, groups, examples, knownFrom } as const
  return due(parent, { of: { type: 'unknown-age' }, says: String(groups), notice }, context)
}
