import { unlessDefect } from '../defect.ts'
import type { SnapshotHead } from '../snapshot.ts'
import type { AlertState, Incident } from './alert-state.ts'
import { type AlertContext, isNewSnapshot } from './context.ts'
import { digestMessages, withDigests } from './digest.ts'
import { isLoss } from './incident.ts'
import { incidentMessages } from './incident-messages.ts'
import { type AssessedGroups, withIncidents } from './incidents.ts'
import {
  incidentKeys,
  oldRecurring,
  ownerOf,
  selfCheckKey,
  silenceKey,
  summaryKey,
  unknownAgeKey,
} from './keys.ts'
import type { AlertMessage } from './message.ts'
import { withNameFamilies } from './name-families.ts'
import { mayOpenRecords } from './records-losses.ts'
import { type SelfCheckContext, troubleMessages, withSelfCheck } from './self-check.ts'
import { silenceMessages, withSilences } from './silence.ts'
import { isSilenced } from './silenced.ts'
import { summaryMessages, wantsMessage, withSummaries } from './summary.ts'
import { unknownAgeMessages, withUnknownAge } from './unknown-age.ts'
import { type WeekFacts, weekMessages, withWeek } from './week.ts'

/**
 * Alerts are a reconcile loop:
 * 1. `nextState` opens, escalates and closes incidents by the assessments of the newest snapshot (../policy.ts).
 * 2. `desiredMessages` lists the messages that Slack should show for that state. Each has a key (keys.ts) and a notice
 *    without wording (notice.ts), which ../../slack/messages renders.
 * 3. `diff` (message.ts) compares them with `state.messages`, and ../../jobs/reconcile.ts posts and edits the difference.
 */

/** The newest usable snapshot. */
export interface Assessed {
  head: SnapshotHead
  groups: AssessedGroups
  /** Called only if the weekly line is due. */
  weekFacts: () => WeekFacts
}

/**
 * The state after this snapshot, at this time.
 * @param assessed undefined if no snapshot is usable
 */
export function nextState(
  before: AlertState,
  assessed: Assessed | undefined,
  context: AlertContext & SelfCheckContext,
): AlertState {
  let next = before
  const step = (subject: string, change: (state: AlertState) => AlertState) => {
    next = unlessBroken(subject, context, () => change(next)) ?? next
  }
  step('the self-check', state => withSelfCheck(state, assessed?.head, context))
  if (assessed) {
    const { head, groups } = assessed
    const isNew = isNewSnapshot(before, context)
    step('the incidents', state => withIncidents(state, groups, context))
    step('the groups of unknown age', state => withUnknownAge(state, groups, context))
    step('the silences', state => withSilences(state, groups, context))
    const joinFamilies = (amongNew: boolean) =>
      step('the name families', state => withNameFamilies(state, groups, context, { amongNew }))
    joinFamilies(false)
    step('the summaries', state =>
      withSummaries(state, groups, context, {
        isFirstOfRecords: mayOpenRecords(state) && !mayOpenRecords(before),
      }),
    )
    joinFamilies(true)
    step('the digests', state => withDigests(state, groups, { ...context, finishedAt: head.finishedAt }))
    step('the weekly line', state => withWeek(state, head, { ...context, isNew }))
  }
  return withoutForgotten(before, next)
}

/** The messages that Slack should show for this state, in the order of posting: a run may end before the last of them. */
export function desiredMessages(
  state: AlertState,
  assessed: Assessed | undefined,
  context: AlertContext,
): AlertMessage[] {
  const orNone = (subject: string, make: () => AlertMessage[]) => unlessBroken(subject, context, make) ?? []
  const takenAt = assessed?.head.takenAt ?? null
  const troubles = orNone('the self-check', () => troubleMessages(state, { ...context, takenAt }))
  if (assessed === undefined) return troubles

  const { groups, weekFacts } = assessed
  // A silence of all groups also covers messages about the whole cluster.
  const isQuiet = isSilenced(state, '*', context)
  // During a silence only edits pass, since they notify nobody.
  const isEdit = ({ key, isFinal }: AlertMessage) => !isFinal && state.messages[key]?.status === 'posted'
  const ofGroup = Map.groupBy(state.incidents, ({ group }) => group)
  return [
    ...troubles,
    ...state.summaries.flatMap(summary =>
      orNone(`summary ${summary.id}`, () => summaryMessages(state, summary, groups, ofGroup, context)),
    ),
    ...state.incidents.flatMap(incident => {
      const { group } = incident
      const assessments = groups.get(group)
      // No assessments: another run opened the incident after this run read the state, and that run knows more.
      if (assessments === undefined) return []
      const wants = (other: Incident) => wantsMessage(state, other, groups)
      const facts = { cluster: state.cluster, assessments, ofGroup: ofGroup.get(group) ?? [] }
      const make = () => incidentMessages(state, incident, facts, wants, context)
      const messages = unlessDefect(group, context, make) ?? []
      return isLoss(incident) || !isSilenced(state, group, context) ? messages : messages.filter(isEdit)
    }),
    ...orNone('the silences', () => silenceMessages(state, groups, context)),
    ...(isQuiet ? [] : orNone('the groups of unknown age', () => unknownAgeMessages(state, context))),
    ...state.digests.flatMap(digest =>
      orNone('the digest', () => digestMessages(state, digest, groups, context)),
    ),
    ...(isQuiet ? [] : orNone('the weekly line', () => weekMessages(state, weekFacts, context))),
  ]
}

const unlessBroken = <T>(subject: string, { onBroken }: AlertContext, make: () => T): T | undefined =>
  unlessDefect(subject, { onDefect: onBroken }, make)

/**
 * Forgets the messages of removed owners, and all but the latest digests and weekly lines. Messages of a later version
 * have unknown owners and stay.
 */
function withoutForgotten(before: AlertState, after: AlertState): AlertState {
  const kept = new Set(ownersIn(after))
  const owners = new Set(ownersIn(before).filter(owner => !kept.has(owner)))
  const keys = new Set(oldRecurring(Object.keys(after.messages)))
  if (owners.size + keys.size === 0) return after
  const messages = Object.entries(after.messages).filter(
    ([key]) => !owners.has(ownerOf(key)) && !keys.has(key),
  )
  return { ...after, messages: Object.fromEntries(messages) }
}

const ownersIn = ({ incidents, summaries, troubles, silences }: AlertState): string[] =>
  [
    ...incidents.map(({ id }) => incidentKeys(id).parent),
    ...summaries.map(({ id }) => summaryKey(id)),
    unknownAgeKey,
    ...silences.map(({ id }) => silenceKey(id)),
    ...troubles.map(trouble => selfCheckKey(trouble, 'parent')),
  ].map(ownerOf)
