import { routeOf } from '../policy.ts'
import { HOUR } from '../time.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { atRiskOf, isDeadline, isLoss, joinedTo } from './incident.ts'
import { incidentKeys } from './keys.ts'
import { isReset, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { DeadlineNotice, IncidentNotice, LossNotice, RecordsLostNotice, ReplyEvent } from './notice.ts'
import {
  deadlineNotice,
  deadlineOf,
  type GroupFacts,
  mayEscalate,
  mentions,
  noticeOf,
  openAlike,
} from './notices.ts'
import { type SharedParent, sharedParents } from './shared-parents.ts'

/**
 * The messages of an incident: a parent, which is edited, replies in its thread, and a message of its own at the last
 * level. For the group's first deadline the result has the messages of all its deadlines; for the others it is empty.
 * @param wants true if an incident without a message should have one
 */
export function incidentMessages(
  state: AlertState,
  incident: Incident,
  group: GroupFacts,
  wants: (incident: Incident) => boolean,
  context: AlertContext,
): AlertMessage[] {
  if (isDeadline(incident)) {
    const deadlines = group.ofGroup.filter(isDeadline)
    if (deadlines[0] !== incident) return []
    return sharedParents(state, deadlines, wants).flatMap(shared =>
      deadlineMessages(state, shared, group, context),
    )
  }
  const { parent } = incidentKeys(incident.id)
  // A posted message may state facts of a newer snapshot, so a stale snapshot must not edit it.
  if (state.messages[parent] ? context.isStale : !wants(incident)) return []
  const notice = noticeOf(incident, group, context)
  // The snapshot no longer has the offsets, so the message must not be edited.
  if (notice.type === 'loss' && notice.commits.length === 0) return []

  const warning = group.ofGroup.findLast(
    other =>
      isDeadline(other) && atRiskOf(other) === atRiskOf(incident) && other.openedAt <= incident.openedAt,
  )
  const followUps = followUpsOf(notice, false, state, context)
  return [
    alertMessage(parent, contentOf(notice), {
      route: routeOf(incident.group, context.policy),
      covers: coveredIn(followUps),
      related: warning && isLoss(incident) ? incidentKeys(warning.id).parent : null,
      notice: { ...notice, mention: mentions(notice) },
    }),
    ...dueIn(followUps),
  ]
}

/**
 * A group's two deadlines, of its offsets and of its unread records, share a parent, which states the nearer one first.
 * The later incident joins by an edit of the parent.
 */
function deadlineMessages(
  state: AlertState,
  [owner, ...others]: SharedParent,
  group: GroupFacts,
  context: AlertContext,
): AlertMessage[] {
  const make = (incident: Incident): DeadlineNotice => {
    const notice = deadlineNotice(incident, group, context)
    return notice.type === 'expiring' ? { ...notice, alike: joinedTo(incident, state) } : notice
  }
  const notices = [make(owner), ...others.map(make)] as const
  const followUps = notices.flatMap(notice => followUpsOf(notice, notice.incident !== owner, state, context))
  return [...deadlineParent(notices, coveredIn(followUps), context), ...dueIn(followUps)]
}

/** @param notices of the incidents that share the parent; the first one has its key */
function deadlineParent(
  notices: readonly [DeadlineNotice, ...DeadlineNotice[]],
  covers: string[],
  context: AlertContext,
): AlertMessage[] {
  const [{ cluster, incident }, ...others] = notices
  const open = notices.filter(notice => notice.resolved === null || openAlike(notice).length > 0)
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
      covers,
      shares: others.map(other => incidentKeys(other.incident.id).parent),
      notice:
        others.length > 0
          ? { type: 'both', cluster, incident, mention, notices: stated }
          : { ...first, mention },
    }),
  ]
}

/** A message that may follow the parent, whether it is due now, and whether a new parent makes it superfluous. */
type FollowUp = [message: AlertMessage, isDue: boolean, isCovered: boolean]

const dueIn = (followUps: readonly FollowUp[]): AlertMessage[] =>
  followUps.flatMap(([message, isDue]) => (isDue ? [message] : []))

const coveredIn = (followUps: readonly FollowUp[]): string[] =>
  followUps.flatMap(([{ key }, , isCovered]) => (isCovered ? [key] : []))

/**
 * The follow-ups of an incident, in the order of posting.
 * @param hasJoined true if the parent is older than this incident, so that a reply has to announce the incident
 */
function followUpsOf(
  notice: IncidentNotice,
  hasJoined: boolean,
  { messages }: AlertState,
  context: AlertContext,
): FollowUp[] {
  const { id, acknowledgedAt, closed, undone } = notice.incident
  const [isOpen, isAcknowledged] = [closed === null, acknowledgedAt !== null]
  const withdrawn = replyMessage({ reply: 'undone', about: notice }, 'thread', context)
  // People who were mentioned should see that the incident is over.
  const toClosed = messages[incidentKeys(id).lastCall] ? 'broadcast' : 'thread'
  const over = replyMessage({ reply: 'closed', about: notice }, toClosed, context)
  const ends: FollowUp[] = [
    [withdrawn, isOpen && !isAcknowledged && undone !== undefined, false],
    [over, !isOpen, !isOpen],
  ]
  if (notice.type === 'loss') return [...lostOffsets(notice, context), ...ends]

  const seen = replyMessage({ reply: 'acknowledged', about: notice }, 'thread', context)
  const news =
    notice.type === 'never-committed'
      ? []
      : notice.type === 'records-lost'
        ? [moreLost(notice, context)]
        : escalations(notice, hasJoined, context)
  return [...news, [seen, isOpen && isAcknowledged, isAcknowledged], ...ends]
}

/** A deadline is posted again in the channel at the second level, and as a message of its own at the last level. */
function escalations(notice: DeadlineNotice, hasJoined: boolean, context: AlertContext): FollowUp[] {
  const { level, incident } = notice
  const { parent, lastCall } = incidentKeys(incident.id)
  const opened = replyMessage({ reply: 'opened', about: notice }, 'broadcast', context)
  const second = replyMessage({ reply: 'second', about: notice }, 'broadcast', context)
  const last = alertMessage(lastCall, 'last', {
    isFinal: true,
    route: routeOf(incident.group, context.policy),
    covers: [opened.key, second.key],
    after: parent,
    related: parent,
    notice: { ...notice, slot: 'last', mention: true },
  })
  const isSecond = level === 'second'
  const covers = isSecond ? [second.key] : []
  return [
    [last, mentions(notice), mentions(notice)],
    [{ ...opened, covers }, hasJoined && !incident.closed, true],
    [second, isSecond && mayEscalate(notice), isSecond || level === 'last'],
  ]
}

function lostOffsets(notice: LossNotice, context: AlertContext): FollowUp[] {
  const isOpen = notice.resolved === null
  const offsets = replyMessage({ reply: 'offsets', about: notice }, 'thread', context)
  // The reset is a reply, because the group now reads from the wrong position and an edit would notify nobody.
  const reset = replyMessage({ reply: 'reset', about: notice }, 'broadcast', context)
  const hasReset = notice.commits.some(isReset)
  return [
    [offsets, isOpen, false],
    [reset, isOpen && hasReset, hasReset],
  ]
}

/** A loss of records has a reply a day, while its total grows. */
function moreLost(notice: RecordsLostNotice, context: AlertContext): FollowUp {
  const { id, recordsLost, closed } = notice.incident
  const times = recordsLost?.told.times ?? 1
  const today = replyMessage({ reply: 'more-lost', about: notice }, 'broadcast', context)
  const key = incidentKeys(id).reply(`more-lost-${times}`)
  return [{ ...today, key }, closed === null && times > 1, true]
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
