import type { BrokerRetention } from '../model/commit.ts'
import type { Cause } from '../policy.ts'
import { type Assessment, isRisk, retentionOf, routeOf, timeLeft } from '../policy.ts'
import { HOUR } from '../time.ts'
import type { AlertState, Incident, Reply } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { groupNotice } from './group-notice.ts'
import { joinedTo } from './incident.ts'
import { isAtRisk } from './incidents.ts'
import { incidentKeys } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { DeadlineNotice, ExpiringNotice, IncidentNotice } from './notice.ts'
import { recordsNotice } from './records-notices.ts'
import { sharedParents } from './shared-parents.ts'

/**
 * The messages of a group's two deadlines: of its offsets, and of its unread records. Both incidents share one parent,
 * which states the nearer deadline first. The later incident joins by an edit of the parent, and a reply announces it
 * in the channel. Each incident has a reply at the second level, a message of its own at the last level, and a reply
 * once it is over.
 * @param incidents of one group, oldest first
 * @param wants true if an incident without a message should have one
 */
export function deadlineMessages(
  state: AlertState,
  incidents: readonly Incident[],
  assessments: readonly Assessment[],
  wants: (incident: Incident) => boolean,
  context: AlertContext,
): AlertMessage[] {
  return sharedParents(state, incidents, wants).flatMap(([owner, ...others]) => {
    const notices = [owner, ...others].map(incident => {
      const notice = deadlineNotice(state.cluster, incident, assessments, context)
      return notice.type === 'expiring' ? { ...notice, alike: joinedTo(incident, state) } : notice
    })
    return [
      ...parentOf(owner, others, notices, context),
      ...notices.flatMap(notice => repliesOf(notice, notice.incident !== owner, state, context)),
    ]
  })
}

function parentOf(
  owner: Incident,
  others: readonly Incident[],
  notices: readonly DeadlineNotice[],
  context: AlertContext,
): AlertMessage[] {
  const open = notices.filter(({ resolved }) => resolved === null)
  // If the log was not read, or is empty now, the message stays as it is.
  const known = open.filter(notice => notice.type !== 'records' || notice.partitions.length > 0)
  if (open.length > 0 && known.length === 0) return []
  const [first, second] = known.toSorted((a, b) => leftOf(a) - leftOf(b))
  const last = notices.toSorted((a, b) => (b.incident.closed?.at ?? 0) - (a.incident.closed?.at ?? 0))[0]
  const shown = first ?? last
  if (shown === undefined) throw new RangeError('a message states at least one incident')

  const { cluster } = shown
  const mention = notices.some(mayMention)
  const told = [shown, ...(second ? [second] : [])] as const
  const notice =
    others.length > 0
      ? ({ type: 'both', cluster, incident: owner, mention, notices: told } as const)
      : { ...shown, mention }
  return [
    alertMessage(incidentKeys(owner.id).parent, told.map(contentOf).join(' and '), {
      route: routeOf(owner.group, context.policy) ?? null,
      covers: notices.flatMap(coveredBy),
      shares: others.map(({ id }) => incidentKeys(id).parent),
      notice,
    }),
  ]
}

/** Keys of messages that a new parent with this notice makes superfluous. */
function coveredBy(notice: DeadlineNotice): string[] {
  const { level, incident } = notice
  const keys = incidentKeys(incident.id)
  return [
    keys.reply('opened'),
    ...(mayMention(notice) ? [keys.lastCall] : []),
    ...(level === 'second' || level === 'last' ? [keys.reply('second')] : []),
    ...(incident.acknowledgedAt === null ? [] : [keys.reply('acknowledged')]),
    ...(incident.closed === null ? [] : [keys.reply('closed')]),
  ]
}

/** @param hasJoined true if the parent message is older than this incident */
function repliesOf(
  notice: DeadlineNotice,
  hasJoined: boolean,
  { messages }: AlertState,
  context: AlertContext,
): AlertMessage[] {
  const { level, incident } = notice
  const { acknowledgedAt, closed } = incident
  const keys = incidentKeys(incident.id)
  const reply = replyTo(notice, context)
  return [
    ...(mayMention(notice)
      ? [
          alertMessage(keys.lastCall, 'last', {
            isFinal: true,
            route: routeOf(incident.group, context.policy) ?? null,
            covers: [keys.reply('opened'), keys.reply('second')],
            after: keys.parent,
            related: keys.parent,
            notice: { ...notice, slot: 'last', mention: true },
          }),
        ]
      : []),
    ...(hasJoined && !closed
      ? [{ ...reply('opened', 'broadcast'), covers: level === 'second' ? [keys.reply('second')] : [] }]
      : []),
    ...(level === 'second' && mayEscalate(notice) ? [reply('second', 'broadcast')] : []),
    ...(acknowledgedAt !== null && !closed ? [reply('acknowledged', 'thread')] : []),
    ...undoneReply(incident, reply),
    // People who were mentioned should see that the incident is over.
    ...(closed ? [reply('closed', messages[keys.lastCall] ? 'broadcast' : 'thread')] : []),
  ]
}

/** The facts of the message, without the ones that change with time alone. */
function contentOf(notice: DeadlineNotice): string {
  const { resolved, level, incident } = notice
  if (notice.type === 'expiring') {
    const { cause, harmless, commits, alike } = notice
    const worst = commits[0]?.commit.deadline?.earliest
    const facts = resolved
      ? [resolved]
      : [cause, level, harmless, commits.length, worst, incident.acknowledgedAt]
    const over = alike.filter(({ closed }) => closed !== null).length
    return (alike.length > 0 ? [...facts, alike.length, over] : facts).join(' ')
  }
  if (resolved) return resolved
  // Rounded: each snapshot finds slightly different bounds for the same deadline.
  const worst = Math.floor((notice.partitions[0]?.unread.earliest ?? 0) / HOUR)
  return ['records', notice.cause, level, notice.partitions.length, worst, incident.acknowledgedAt].join(' ')
}

/** ms until the deadline, at the earliest. */
function leftOf(notice: DeadlineNotice): number {
  const earliest =
    notice.type === 'records'
      ? notice.partitions[0]?.unread.earliest
      : notice.commits[0]?.commit.deadline?.earliest
  return (earliest ?? Infinity) - notice.now
}

/** Makes a reply, posted once, in the thread of an incident's parent message. */
export const replyTo =
  (about: IncidentNotice, { policy }: AlertContext) =>
  (name: Reply, reply: 'thread' | 'broadcast'): AlertMessage => {
    const keys = incidentKeys(about.incident.id)
    const route = routeOf(about.incident.group, policy) ?? null
    const notice = { type: 'reply', reply: name, about } as const
    return alertMessage(keys.reply(name), name, { isFinal: true, route, after: keys.parent, reply, notice })
  }

/** The reply that says who took an acknowledgement back. */
export const undoneReply = (
  { undone, acknowledgedAt, closed }: Incident,
  reply: ReturnType<typeof replyTo>,
): AlertMessage[] => (undone && acknowledgedAt === null && closed === null ? [reply('undone', 'thread')] : [])

/** No escalation for harmless, stopped, acknowledged or closed incidents, or if Kafka may keep the records for ever. */
const mayEscalate = (notice: DeadlineNotice): boolean =>
  (notice.type === 'records'
    ? notice.partitions.some(({ unread }) => unread.latest !== null)
    : !notice.harmless) &&
  notice.cause !== 'stopped' &&
  notice.incident.acknowledgedAt === null &&
  notice.resolved === null

export const mayMention = (notice: DeadlineNotice): boolean => notice.level === 'last' && mayEscalate(notice)

export const deadlineNotice = (
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: Pick<AlertContext, 'now' | 'takenAt' | 'retention' | 'interval'>,
): DeadlineNotice =>
  (incident.kind === 'records-deadline' ? recordsNotice : expiringNotice)(
    cluster,
    incident,
    assessments,
    context,
  )

export function expiringNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: Pick<AlertContext, 'now' | 'takenAt' | 'retention'>,
): ExpiringNotice {
  const left = ({ commit }: Assessment) => timeLeft(commit, context.now) ?? Infinity
  const atRisk = assessments.filter(isAtRisk).sort((a, b) => left(a) - left(b))
  // Lost partitions are left out, since the loss has its own message.
  const shown =
    atRisk.length > 0 ? atRisk : assessments.filter(({ commit }) => commit.gone === null).slice(0, 1)
  return {
    type: 'expiring',
    ...groupNotice(cluster, incident, assessments, context),
    cause: causeOf(shown[0]),
    level: incident.level,
    slot: 'parent',
    harmless: atRisk.length > 0 && atRisk.every(({ impact }) => impact.kind === 'none'),
    commits: shown,
    retention: (assessments[0] && retentionOf(assessments[0].commit, context)) ?? unknownRetention,
    alike: [],
  }
}

export const unknownRetention: BrokerRetention = { broker: -1, retention: null, sweep: 0, source: 'default' }

function causeOf(worst: Assessment | undefined): Cause {
  if (worst && isRisk(worst.standing)) return worst.standing
  return worst?.commit.kind === 'simple' ? 'simple' : 'stopped'
}
