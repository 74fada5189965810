import type { Commit } from '../model/commit.ts'
import { ownershipOf } from '../model/ownership.ts'
import { type Assessment, retentionOf, routeOf } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { replyTo, unknownRetention } from './deadline-messages.ts'
import { incidentKeys } from './keys.ts'
import { lossesOf, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { LossNotice } from './notice.ts'

/** The messages of a loss: the parent, the offsets as a file, a reply to a reset, and one once it is over. */
export function lossMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  ofGroup: readonly Incident[],
  context: AlertContext,
): AlertMessage[] {
  const { closed } = incident
  const keys = incidentKeys(incident.id)
  const hasParent = messages[keys.parent] !== undefined
  const losses = lossesOf(incident, assessments)
  // The message keeps offsets that the snapshot has forgotten, and what it states rests on a newer snapshot.
  if (losses.length === 0 || (context.isStale && hasParent)) return []
  if (closed?.why === 'ignored' && !hasParent) return []

  const notice = lossNotice(cluster, incident, assessments, ofGroup, context)
  const wasReset = losses.some(isReset)
  const warning = ofGroup.findLast(other => other.kind === 'deadline' && other.openedAt <= incident.openedAt)
  const reply = replyTo(notice, context)
  return [
    alertMessage(keys.parent, notice.resolved ?? lossOutcomes(losses), {
      route: routeOf(incident.group, context.policy) ?? null,
      covers: [...(wasReset ? [keys.reply('reset')] : []), ...(closed ? [keys.reply('closed')] : [])],
      related: warning ? incidentKeys(warning.id).parent : null,
      notice: { ...notice, mention: !closed },
    }),
    ...(closed ? [] : [reply('offsets', 'thread')]),
    // The group works at the wrong position by now, and an edit would notify nobody.
    ...(wasReset && !closed ? [reply('reset', 'broadcast')] : []),
    ...(closed ? [reply('closed', 'thread')] : []),
  ]
}

/** @param ofGroup all incidents of the same group, oldest first */
export function lossNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  ofGroup: readonly Incident[],
  context: AlertContext,
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
    ...ownershipOf(assessments),
    retention: (losses[0] && retentionOf(losses[0].commit, context)) ?? unknownRetention,
    resets: resetsOf(ofGroup, losses),
  }
}

/** A partition that starts from scratch after each loss, and that nobody restores, looks as if it needs no offset. */
function resetsOf(ofGroup: readonly Incident[], losses: readonly Assessment[]): number {
  const lossIncidents = ofGroup.filter(({ kind }) => kind === 'loss')
  if (lossIncidents.some(({ closed }) => closed?.why === 'recovered' || closed?.why === 'acknowledged'))
    return 0

  // Two losses of a partition imply a reset in between; for the latest one, `outcome` tells.
  const resetPartitions = new Set(losses.filter(isReset).map(({ commit }) => partitionOf(commit)))
  const times = Map.groupBy(
    lossIncidents
      .flatMap(other => other.losses.map(partitionOf))
      .filter(partition => resetPartitions.has(partition)),
    partition => partition,
  )
  const most = times.values().reduce((most, { length }) => Math.max(most, length), 0)
  return most < 2 ? 0 : most
}

const partitionOf = ({ topic, partition }: Incident['losses'][number] | Commit): string =>
  `${partition} ${topic}`

const isReset = ({ loss }: Assessment): boolean =>
  loss?.outcome.kind === 'rewound' || loss?.outcome.kind === 'went-on-or-skipped'
