import type { Commit } from '../model/commit.ts'
import { type Assessment, retentionOf, routeOf } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import { unknownRetention } from './deadline-messages.ts'
import { lossesOf, lossTold } from './incidents.ts'
import type { LossNotice } from './notice.ts'
import { type Due, type DueContext, due, placeOf, replyIn, type Slot } from './posting.ts'

/** What Slack is to be told of a loss: its message, the offsets as a file, a reset, and how it ended. */
export function lossMessages(
  state: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): Due[] {
  const losses = lossesOf(incident, assessments)
  const { id, closed, parent } = incident
  // What the message says of offsets that are no longer known must not be wiped out.
  if (losses.length === 0) return []
  if (closed?.why === 'ignored' && parent === null) return []

  const of = { type: 'incident', id } as const
  const route = routeOf(incident.group, context.policy) ?? null
  const notice = lossNotice(state, incident, assessments, context)
  const says = notice.resolved ?? lossTold(losses)
  const wasReset = losses.some(isReset)

  const place = placeOf(parent)
  if (place === undefined) {
    const slots: Slot[] = [
      'parent',
      ...(wasReset ? ['reset' as const] : []),
      ...(closed ? ['closed' as const] : []),
    ]
    const see = warningOf(state, incident) ?? null
    return due(parent, { of, says, route, slots, see, notice: { ...notice, mention: !closed } }, context)
  }

  const reply = replyIn(place, incident, notice, route, context)
  return [
    ...due(parent, { of, says, route, notice, see: warningOf(state, incident) ?? null }, context),
    ...(closed ? [] : reply('offsets', false)),
    // The group is at work in the wrong place by now, which nobody would hear of by an edit.
    ...(wasReset && !closed ? reply('reset', true) : []),
    ...(closed ? reply('closed', false) : []),
  ]
}

/** The message that told of the deadline before. */
function warningOf({ incidents }: AlertState, { group, openedAt }: Incident) {
  const warning = incidents.findLast(
    each => each.kind === 'deadline' && each.group === group && each.openedAt <= openedAt,
  )
  return placeOf(warning?.parent)
}

export function lossNotice(
  { cluster, incidents }: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): LossNotice {
  const losses = lossesOf(incident, assessments)
  return {
    type: 'loss',
    cluster,
    incident,
    takenAt: context.takenAt,
    now: context.now,
    mention: false,
    resolved: incident.closed?.why ?? null,
    commits: losses.flatMap(({ commit, loss, lostImpact }) =>
      loss && lostImpact ? [{ commit, ...loss, impact: lostImpact }] : [],
    ),
    retention: (losses[0] && retentionOf(losses[0].commit, context)) ?? unknownRetention,
    resets: resetsOf(incidents, incident.group, losses),
  }
}

/** A partition that begins anew after each loss, with nobody putting it back, looks as if it needed no offset. */
function resetsOf(incidents: readonly Incident[], group: string, losses: readonly Assessment[]): number {
  const told = incidents.filter(each => each.kind === 'loss' && each.group === group)
  if (told.some(({ closed }) => closed?.why === 'recovered' || closed?.why === 'acknowledged')) return 0

  // What is lost a second time was committed anew in between; of the newest loss its outcome tells.
  const begunAnew = new Set(losses.filter(isReset).map(({ commit }) => partitionOf(commit)))
  const times = Map.groupBy(
    told.flatMap(each => each.losses.map(partitionOf)).filter(partition => begunAnew.has(partition)),
    partition => partition,
  )
  const most = times.values().reduce((most, { length }) => Math.max(most, length), 0)
  return most < 2 ? 0 : most
}

const partitionOf = ({ topic, partition }: Incident['losses'][number] | Commit): string =>
  `${partition} ${topic}`

const isReset = ({ loss }: Assessment): boolean =>
  loss?.outcome.kind === 'rewound' || loss?.outcome.kind === 'went-on-or-skipped'
