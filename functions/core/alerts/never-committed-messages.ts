import { ownerOfGroup, routeOf } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { replyTo, undoneReply } from './deadline-messages.ts'
import { groupNotice } from './group-notice.ts'
import { incidentKeys } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import { alertedNeverCommitted } from './never-committed.ts'
import type { NeverCommittedNotice } from './notice.ts'

export function neverCommittedNotice(
  cluster: string,
  incident: Incident,
  context: AlertContext,
): NeverCommittedNotice {
  return {
    type: 'never-committed',
    ...groupNotice(cluster, incident, [], context),
    owner: ownerOfGroup(incident.group, context.policy),
    entries: alertedNeverCommitted(context).get(incident.group) ?? [],
  }
}

/** A parent that mentions nobody, a reply once it is acknowledged, and a reply once it is over. */
export function neverCommittedMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  context: AlertContext,
): AlertMessage[] {
  const { acknowledgedAt, closed, group, id } = incident
  const keys = incidentKeys(id)
  // A posted message may state facts of a newer snapshot, so a stale snapshot must not edit it.
  if (context.isStale && messages[keys.parent] !== undefined) return []
  const notice = neverCommittedNotice(cluster, incident, context)
  const partitions = notice.entries.map(({ topic, partitions }) => `${topic} ${partitions.length}`)
  const reply = replyTo(notice, context)
  return [
    alertMessage(keys.parent, [...partitions, acknowledgedAt, closed?.why].join(' '), {
      route: routeOf(group, context.policy) ?? null,
      covers: [
        ...(acknowledgedAt === null ? [] : [keys.reply('acknowledged')]),
        ...(closed ? [keys.reply('closed')] : []),
      ],
      notice,
    }),
    ...(acknowledgedAt !== null && !closed ? [reply('acknowledged', 'thread')] : []),
    ...undoneReply(incident, reply),
    ...(closed ? [reply('closed', 'thread')] : []),
  ]
}
