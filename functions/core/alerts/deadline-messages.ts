import type { BrokerRetention } from '../model/commit.ts'
import { ownershipOf } from '../model/ownership.ts'
import type { Cause } from '../policy.ts'
import { type Assessment, isRisk, retentionOf, routeOf, timeLeft } from '../policy.ts'
import type { AlertState, Incident, Reply } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { isAtRisk } from './incidents.ts'
import { incidentKeys } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { ExpiringNotice, LossNotice } from './notice.ts'

/** The messages of a deadline: the parent, a reply for each crossing, the last call, and a reply once it is over. */
export function deadlineMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): AlertMessage[] {
  const { level, closed, acknowledgedAt } = incident
  const keys = incidentKeys(incident.id)
  // An incident that is over before Slack has its message needs none.
  if (closed && messages[keys.parent] === undefined) return []

  const notice = expiringNotice(cluster, incident, assessments, context)
  const worst = notice.commits[0]?.commit.deadline?.earliest
  const content =
    notice.resolved ??
    [notice.cause, level, notice.harmless, notice.commits.length, worst, acknowledgedAt].join(' ')
  const route = routeOf(incident.group, context.policy) ?? null
  const covers = [
    ...(mayMention(notice) ? [keys.lastCall] : []),
    ...(level === 'second' || level === 'last' ? [keys.reply('second')] : []),
    ...(acknowledgedAt === null ? [] : [keys.reply('acknowledged')]),
    ...(closed === null ? [] : [keys.reply('closed')]),
  ]
  const lastCall = { isFinal: true, route, after: keys.parent, related: keys.parent }
  const reply = replyTo(notice, context)
  return [
    alertMessage(keys.parent, content, {
      route,
      covers,
      notice: { ...notice, mention: mayMention(notice) },
    }),
    ...(level === 'second' && mayEscalate(notice) ? [reply('second', 'broadcast')] : []),
    ...(mayMention(notice)
      ? [
          alertMessage(keys.lastCall, 'last', {
            ...lastCall,
            notice: { ...notice, slot: 'last', mention: true },
          }),
        ]
      : []),
    ...(acknowledgedAt !== null && !closed ? [reply('acknowledged', 'thread')] : []),
    // Those who were mentioned should see that it is over.
    ...(closed ? [reply('closed', messages[keys.lastCall] ? 'broadcast' : 'thread')] : []),
  ]
}

/** Makes a reply in the thread of an incident's parent message, which is posted once. */
export const replyTo =
  (about: ExpiringNotice | LossNotice, { policy }: AlertContext) =>
  (name: Reply, reply: 'thread' | 'broadcast'): AlertMessage => {
    const keys = incidentKeys(about.incident.id)
    const route = routeOf(about.incident.group, policy) ?? null
    const notice = { type: 'reply', reply: name, about } as const
    return alertMessage(keys.reply(name), name, { isFinal: true, route, after: keys.parent, reply, notice })
  }

/** No escalation for harmless, stopped, acknowledged or closed incidents. */
const mayEscalate = ({ harmless, cause, incident, resolved }: ExpiringNotice): boolean =>
  !harmless && cause !== 'stopped' && incident.acknowledgedAt === null && resolved === null

export const mayMention = (notice: ExpiringNotice): boolean => notice.level === 'last' && mayEscalate(notice)

export function expiringNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: Pick<AlertContext, 'now' | 'takenAt' | 'retention'>,
): ExpiringNotice {
  const left = ({ commit }: Assessment) => timeLeft(commit, context.now) ?? Infinity
  const atRisk = assessments.filter(isAtRisk).sort((a, b) => left(a) - left(b))
  // Lost partitions are left out: the loss has a message of its own.
  const shown =
    atRisk.length > 0 ? atRisk : assessments.filter(({ commit }) => commit.gone === null).slice(0, 1)
  return {
    type: 'expiring',
    cluster,
    incident,
    takenAt: context.takenAt,
    now: context.now,
    mention: false,
    resolved: incident.closed?.why ?? null,
    cause: causeOf(shown[0]),
    level: incident.level,
    slot: 'parent',
    harmless: atRisk.length > 0 && atRisk.every(({ impact }) => impact.kind === 'none'),
    commits: shown,
    ...ownershipOf(assessments),
    retention: (assessments[0] && retentionOf(assessments[0].commit, context)) ?? unknownRetention,
  }
}

export const unknownRetention: BrokerRetention = { broker: -1, retention: null, sweep: 0, source: 'default' }

function causeOf(worst: Assessment | undefined): Cause {
  if (worst && isRisk(worst.standing)) return worst.standing
  return worst?.commit.kind === 'simple' ? 'simple' : 'stopped'
}
