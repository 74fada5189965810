import type { Commit } from '../model/commit.ts'
import { type Assessment, retentionOf, routeOf } from '../policy.ts'
import type { AlertState, Incident, RunningTotal } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { replyTo, undoneReply, unknownRetention } from './deadline-messages.ts'
import { groupNotice } from './group-notice.ts'
import { atRiskOf, isDeadline } from './incident.ts'
import { incidentKeys } from './keys.ts'
import { lossesOf, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { LossNotice, RecordsLostNotice } from './notice.ts'
import { recordsLostNotice } from './records-notices.ts'

/**
 * The messages of a loss: a parent, and a reply once it is over. An open loss of offsets also has a reply with the
 * offsets as a file, and a reply to a reset. An open loss of records has a broadcast reply a day while the total grows.
 * @param ofGroup all incidents of the same group, oldest first
 */
export function lossMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  ofGroup: readonly Incident[],
  context: AlertContext,
): AlertMessage[] {
  const { closed, acknowledgedAt, openedAt } = incident
  const keys = incidentKeys(incident.id)
  // A posted message may state facts of a newer snapshot, so a stale snapshot must not edit it.
  if (messages[keys.parent] ? context.isStale : closed?.why === 'ignored') return []
  const losses = lossesOf(incident, assessments)
  // The snapshot no longer has the offsets, so the message must not be edited.
  if (incident.kind === 'loss' && losses.length === 0) return []

  const { notice, content, covers, replies } = incident.recordsLost
    ? lostRecords(incident.recordsLost, recordsLostNotice(cluster, incident, assessments, context), context)
    : lostOffsets(losses, lossNotice(cluster, incident, assessments, ofGroup, context), context)
  const warning = ofGroup.findLast(
    other => isDeadline(other) && atRiskOf(other) === atRiskOf(incident) && other.openedAt <= openedAt,
  )
  return [
    alertMessage(keys.parent, content, {
      route: routeOf(incident.group, context.policy) ?? null,
      covers: [...covers.map(({ key }) => key), ...(closed ? [keys.reply('closed')] : [])],
      related: warning ? incidentKeys(warning.id).parent : null,
      notice: { ...notice, mention: !closed && acknowledgedAt === null },
    }),
    ...(closed ? [replyTo(notice, context)('closed', 'thread')] : replies),
    ...undoneReply(incident, replyTo(notice, context)),
  ]
}

interface LossContent {
  notice: LossNotice | RecordsLostNotice
  content: string
  /** Replies that a new parent makes superfluous. */
  covers: AlertMessage[]
  /** Replies while the loss is open. */
  replies: AlertMessage[]
}

function lostOffsets(losses: readonly Assessment[], notice: LossNotice, context: AlertContext): LossContent {
  const reply = replyTo(notice, context)
  // The reset is a reply, because the group now reads from the wrong position and an edit would notify nobody.
  const resets = losses.some(isReset) ? [reply('reset', 'broadcast')] : []
  const content = notice.resolved ?? lossOutcomes(losses)
  return { notice, content, covers: resets, replies: [reply('offsets', 'thread'), ...resets] }
}

function lostRecords(
  { atMost, told: { times } }: RunningTotal,
  notice: RecordsLostNotice,
  context: AlertContext,
): LossContent {
  const { id, acknowledgedAt, closed } = notice.incident
  const reply = replyTo(notice, context)
  const today = { ...reply('more-lost', 'broadcast'), key: incidentKeys(id).reply(`more-lost-${times}`) }
  const acknowledged = acknowledgedAt === null ? [] : [reply('acknowledged', 'thread')]
  return {
    notice,
    content: [atMost, acknowledgedAt, closed?.why].join(' '),
    covers: [today, ...acknowledged],
    replies: [...(times > 1 ? [today] : []), ...acknowledged],
  }
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
    ...groupNotice(cluster, incident, assessments, context),
    commits: losses.flatMap(({ commit, loss, lostImpact }) =>
      loss && lostImpact ? [{ commit, ...loss, impact: lostImpact }] : [],
    ),
    retention: (losses[0] && retentionOf(losses[0].commit, context)) ?? unknownRetention,
    resets: resetsOf(ofGroup, losses),
  }
}

/**
 * Number of resets of the partition that was reset most often; 0 below 2. A partition that is reset after each loss and
 * never restored probably needs no offset.
 */
function resetsOf(ofGroup: readonly Incident[], losses: readonly Assessment[]): number {
  const lossIncidents = ofGroup.filter(({ kind }) => kind === 'loss')
  if (lossIncidents.some(({ closed }) => closed?.why === 'recovered' || closed?.why === 'acknowledged'))
    return 0

  // Two losses of a partition imply a reset in between. For the latest loss, `outcome` shows a reset.
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
