import { type Assessment, routeOf } from '../policy.ts'
import { HOUR } from '../time.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { atRiskOf, isDeadline, joinedTo } from './incident.ts'
import { incidentKeys } from './keys.ts'
import { isReset, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { DeadlineNotice, IncidentNotice, ReplyEvent } from './notice.ts'
import { deadlineNotice, mayEscalate, mentions, noticeOf } from './notices.ts'
import { sharedParents } from './shared-parents.ts'

/**
 * The messages of an incident: a parent, which is edited, replies in its thread, and a message of its own at the last
 * level. For the group's first deadline the result has the messages of all its deadlines; for the others it is empty.
 * @param assessments of its group
 * @param ofGroup all incidents of its group, oldest first
 * @param wants true if an incident without a message should have one
 */
export function incidentMessages(
  state: AlertState,
  incident: Incident,
  assessments: readonly Assessment[],
  ofGroup: readonly Incident[],
  wants: (incident: Incident) => boolean,
  context: AlertContext,
): AlertMessage[] {
  if (isDeadline(incident)) {
    const deadlines = ofGroup.filter(isDeadline)
    return deadlines[0] === incident ? deadlineMessages(state, deadlines, assessments, wants, context) : []
  }
  const { parent } = incidentKeys(incident.id)
  // A posted message may state facts of a newer snapshot, so a stale snapshot must not edit it.
  if (state.messages[parent] ? context.isStale : !wants(incident)) return []
  const notice = noticeOf(state.cluster, incident, assessments, ofGroup, context)
  // The snapshot no longer has the offsets, so the message must not be edited.
  if (notice.type === 'loss' && notice.commits.length === 0) return []

  const warning = ofGroup.findLast(
    other =>
      isDeadline(other) && atRiskOf(other) === atRiskOf(incident) && other.openedAt <= incident.openedAt,
  )
  const news = newsOf(notice, context)
  return [
    alertMessage(parent, contentOf(notice), {
      route: routeOf(incident.group, context.policy),
      covers: [...news.covers, ...coveredReplies(notice)],
      related: warning && notice.type !== 'never-committed' ? incidentKeys(warning.id).parent : null,
      notice: { ...notice, mention: mentions(notice) },
    }),
    ...(incident.closed ? [] : news.replies),
    ...repliesTo(notice, state, context),
  ]
}

/**
 * A group's two deadlines, of its offsets and of its unread records, share a parent, which states the nearer one first.
 * The later incident joins by an edit of the parent.
 */
const deadlineMessages = (
  state: AlertState,
  deadlines: readonly Incident[],
  assessments: readonly Assessment[],
  wants: (incident: Incident) => boolean,
  context: AlertContext,
): AlertMessage[] =>
  sharedParents(state, deadlines, wants).flatMap(([owner, ...others]) => {
    const make = (incident: Incident): DeadlineNotice => {
      const notice = deadlineNotice(state.cluster, incident, assessments, context)
      return notice.type === 'expiring' ? { ...notice, alike: joinedTo(incident, state) } : notice
    }
    const notices = [make(owner), ...others.map(make)] as const
    return [
      ...deadlineParent(notices, context),
      ...notices.flatMap(notice => [
        ...escalations(notice, notice.incident !== owner, context),
        ...repliesTo(notice, state, context),
      ]),
    ]
  })

/** @param notices of the incidents that share the parent; the first one has its key */
function deadlineParent(
  notices: readonly [DeadlineNotice, ...DeadlineNotice[]],
  context: AlertContext,
): AlertMessage[] {
  const [{ cluster, incident }, ...others] = notices
  const open = notices.filter(({ resolved }) => resolved === null)
  // If the log was not read, or is empty now, the message stays as it is.
  const known = open.filter(notice => notice.type !== 'records' || notice.partitions.length > 0)
  if (open.length > 0 && known.length === 0) return []
  const closedAt = (notice: DeadlineNotice) => notice.incident.closed?.at ?? 0
  const lastClosed = others.reduce((a, b) => (closedAt(b) > closedAt(a) ? b : a), notices[0])
  const [first = lastClosed, second] = known.toSorted((a, b) => deadlineOf(a) - deadlineOf(b))

  const mention = notices.some(mentions)
  const stated = [first, ...(second ? [second] : [])] as const
  return [
    alertMessage(incidentKeys(incident.id).parent, stated.map(contentOf).join(' and '), {
      route: routeOf(incident.group, context.policy),
      covers: notices.flatMap(notice => [...coveredEscalations(notice), ...coveredReplies(notice)]),
      shares: others.map(other => incidentKeys(other.incident.id).parent),
      notice:
        others.length > 0
          ? { type: 'both', cluster, incident, mention, notices: stated }
          : { ...first, mention },
    }),
  ]
}

/**
 * A deadline is announced again in the channel at the second level, and by a message of its own at the last level.
 * @param hasJoined true if the parent message is older than this incident, so that a reply has to announce it
 */
function escalations(notice: DeadlineNotice, hasJoined: boolean, context: AlertContext): AlertMessage[] {
  const { level, incident } = notice
  const keys = incidentKeys(incident.id)
  const opened = replyMessage({ reply: 'opened', about: notice }, 'broadcast', context)
  const second = replyMessage({ reply: 'second', about: notice }, 'broadcast', context)
  return [
    ...(mentions(notice)
      ? [
          alertMessage(keys.lastCall, 'last', {
            isFinal: true,
            route: routeOf(incident.group, context.policy),
            covers: [opened.key, second.key],
            after: keys.parent,
            related: keys.parent,
            notice: { ...notice, slot: 'last', mention: true },
          }),
        ]
      : []),
    ...(hasJoined && !incident.closed ? [{ ...opened, covers: level === 'second' ? [second.key] : [] }] : []),
    ...(level === 'second' && mayEscalate(notice) ? [second] : []),
  ]
}

/** Keys of the escalations that a new parent makes superfluous. */
function coveredEscalations(notice: DeadlineNotice): string[] {
  const { level, incident } = notice
  const keys = incidentKeys(incident.id)
  return [
    keys.reply('opened'),
    ...(mentions(notice) ? [keys.lastCall] : []),
    ...(level === 'second' || level === 'last' ? [keys.reply('second')] : []),
  ]
}

/** News of an open loss: replies, and the keys of those that a new parent makes superfluous. */
function newsOf(
  notice: IncidentNotice,
  context: AlertContext,
): { replies: AlertMessage[]; covers: string[] } {
  if (notice.type === 'loss') {
    const offsets = replyMessage({ reply: 'offsets', about: notice }, 'thread', context)
    // The reset is a reply, because the group now reads from the wrong position and an edit would notify nobody.
    const reset = replyMessage({ reply: 'reset', about: notice }, 'broadcast', context)
    const resets = notice.commits.some(isReset) ? [reset] : []
    return { replies: [offsets, ...resets], covers: resets.map(({ key }) => key) }
  }
  if (notice.type !== 'records-lost') return { replies: [], covers: [] }
  const { id, recordsLost } = notice.incident
  const times = recordsLost?.told.times ?? 1
  const key = incidentKeys(id).reply(`more-lost-${times}`)
  const today = replyMessage({ reply: 'more-lost', about: notice }, 'broadcast', context)
  return { replies: times > 1 ? [{ ...today, key }] : [], covers: [key] }
}

/** Whether the incident is over, or a person has acknowledged it, or has taken that back. */
function repliesTo(notice: IncidentNotice, { messages }: AlertState, context: AlertContext): AlertMessage[] {
  const { id, acknowledgedAt, closed, undone } = notice.incident
  if (closed) {
    // People who were mentioned should see that the incident is over.
    const reply = messages[incidentKeys(id).lastCall] ? 'broadcast' : 'thread'
    return [replyMessage({ reply: 'closed', about: notice }, reply, context)]
  }
  if (acknowledgedAt !== null)
    return notice.type === 'loss'
      ? []
      : [replyMessage({ reply: 'acknowledged', about: notice }, 'thread', context)]
  return undone ? [replyMessage({ reply: 'undone', about: notice }, 'thread', context)] : []
}

/** Keys of such replies that a new parent makes superfluous. */
function coveredReplies({ type, incident: { id, acknowledgedAt, closed } }: IncidentNotice): string[] {
  const keys = incidentKeys(id)
  return [
    ...(acknowledgedAt === null || type === 'loss' ? [] : [keys.reply('acknowledged')]),
    ...(closed === null ? [] : [keys.reply('closed')]),
  ]
}

/** A reply in the thread of an incident's parent message, posted once. */
function replyMessage(
  event: ReplyEvent,
  reply: 'thread' | 'broadcast',
  { policy }: AlertContext,
): AlertMessage {
  const { id, group } = event.about.incident
  const keys = incidentKeys(id)
  return alertMessage(keys.reply(event.reply), event.reply, {
    isFinal: true,
    route: routeOf(group, policy),
    after: keys.parent,
    reply,
    notice: { type: 'reply', ...event },
  })
}

/** The facts of the parent message, without the ones that change with time alone. */
function contentOf(notice: IncidentNotice): string {
  const { resolved, incident } = notice
  const { acknowledgedAt } = incident
  switch (notice.type) {
    case 'expiring': {
      const { cause, level, harmless, commits, alike } = notice
      const worst = commits[0]?.commit.deadline?.earliest
      const facts = resolved ? [resolved] : [cause, level, harmless, commits.length, worst, acknowledgedAt]
      const over = alike.filter(({ closed }) => closed !== null).length
      return (alike.length > 0 ? [...facts, alike.length, over] : facts).join(' ')
    }
    case 'records': {
      if (resolved) return resolved
      // Rounded: each snapshot finds slightly different bounds for the same deadline.
      const worst = Math.floor((notice.partitions[0]?.unread.earliest ?? 0) / HOUR)
      return ['records', notice.cause, notice.level, notice.partitions.length, worst, acknowledgedAt].join(
        ' ',
      )
    }
    case 'loss':
      return resolved ?? lossOutcomes(notice.commits)
    case 'records-lost':
      return [notice.atMost, acknowledgedAt, resolved].join(' ')
    case 'never-committed': {
      const partitions = notice.entries.map(entry => `${entry.topic} ${entry.partitions.length}`)
      return [...partitions, acknowledgedAt, resolved].join(' ')
    }
  }
}

/** The earliest time of the deadline, ms since the epoch. */
function deadlineOf(notice: DeadlineNotice): number {
  const earliest =
    notice.type === 'records'
      ? notice.partitions[0]?.unread.earliest
      : notice.commits[0]?.commit.deadline?.earliest
  return earliest ?? Infinity
}
