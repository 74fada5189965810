import type { Assessment } from '../policy.ts'
import { routeOf } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { replyTo } from './deadline-messages.ts'
import { incidentKeys } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import { recordsLostNotice } from './records-notices.ts'

/**
 * The messages of a loss of records: a parent with the running total, a reply a day for the channel to see while the total
 * grows, and one once it is over.
 * @param ofGroup all incidents of the same group, oldest first
 */
export function recordsLossMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  ofGroup: readonly Incident[],
  context: AlertContext,
): AlertMessage[] {
  const { closed, acknowledgedAt, recordsLost } = incident
  const keys = incidentKeys(incident.id)
  const hasParent = messages[keys.parent] !== undefined
  // What the message states rests on a newer snapshot.
  if (recordsLost === undefined || (context.isStale && hasParent)) return []
  if (closed?.why === 'ignored' && !hasParent) return []

  const notice = recordsLostNotice(cluster, incident, assessments, context)
  const warning = ofGroup.findLast(
    other => other.kind === 'records-deadline' && other.openedAt <= incident.openedAt,
  )
  const reply = replyTo(notice, context)
  const { times } = recordsLost.told
  const daily = reply('more-lost', 'broadcast')
  const today = keys.reply(`more-lost-${times}`)
  return [
    alertMessage(keys.parent, [recordsLost.atMost, acknowledgedAt, closed?.why].join(' '), {
      route: routeOf(incident.group, context.policy) ?? null,
      covers: [
        today,
        ...(acknowledgedAt === null ? [] : [keys.reply('acknowledged')]),
        ...(closed ? [keys.reply('closed')] : []),
      ],
      related: warning ? incidentKeys(warning.id).parent : null,
      notice: { ...notice, mention: !closed && acknowledgedAt === null },
    }),
    ...(times > 1 && !closed ? [{ ...daily, key: today }] : []),
    ...(acknowledgedAt !== null && !closed ? [reply('acknowledged', 'thread')] : []),
    ...(closed ? [reply('closed', 'thread')] : []),
  ]
}
