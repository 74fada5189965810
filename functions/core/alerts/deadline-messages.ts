import type { BrokerRetention } from '../model/commit.ts'
import { type Assessment, isRisk, retentionOf, routeOf, timeLeft } from '../policy.ts'
import type { Incident, Reply } from './alert-state.ts'
import { isAtRisk } from './incidents.ts'
import type { Cause, ExpiringNotice } from './notice.ts'
import { type Due, type DueContext, due, dueOnce, placeOf, replyIn, type Slot } from './posting.ts'

/** What Slack is to be told of a deadline: its message, what was crossed since, and how it ended. */
export function deadlineMessages(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): Due[] {
  const notice = expiringNotice(cluster, incident, assessments, context)
  const { level, closed, acknowledgedAt, parent } = incident
  const of = { type: 'incident', id: incident.id } as const
  const route = routeOf(incident.group, context.policy) ?? null
  const worst = notice.commits[0]?.commit.deadline?.earliest
  const says =
    notice.resolved ??
    [notice.cause, level, notice.harmless, notice.commits.length, worst, acknowledgedAt].join(' ')

  const place = placeOf(parent)
  if (place === undefined) {
    // A message that never came is not sent to say that it is over.
    if (closed && parent === null) return []
    const calls = mayCall(notice)
    const slots: Slot[] = ['parent', ...(calls ? ['last' as const] : []), ...saidBy(incident)]
    return due(parent, { of, says, route, slots, notice: { ...notice, mention: calls } }, context)
  }

  const reply = replyIn(place, incident, notice, route, context)
  const last = { of, says: 'last', route, slots: ['last'], see: place, home: place.channel } as const
  return [
    ...due(parent, { of, says, route, notice }, context),
    ...(level === 'second' && mayEscalate(notice) ? reply('second', true) : []),
    ...(mayCall(notice)
      ? dueOnce(incident.last, { ...last, notice: { ...notice, slot: 'last', mention: true } }, context)
      : []),
    ...(acknowledgedAt !== null && !closed ? reply('acknowledged', false) : []),
    // Who was called hears that it is over.
    ...(closed ? reply('closed', incident.last !== null) : []),
  ]
}

/** What a message that is posted now says by itself, so that no reply has to. */
function saidBy({ level, acknowledgedAt, closed }: Incident): Reply[] {
  return [
    ...(level === 'second' || level === 'last' ? ['second' as const] : []),
    ...(acknowledgedAt === null ? [] : ['acknowledged' as const]),
    ...(closed === null ? [] : ['closed' as const]),
  ]
}

/** Who has nothing to lose, has stopped or has acknowledged is not called. */
const mayEscalate = ({ harmless, cause, incident, resolved }: ExpiringNotice): boolean =>
  !harmless && cause !== 'stopped' && incident.acknowledgedAt === null && resolved === null

export const mayCall = (notice: ExpiringNotice): boolean => notice.level === 'last' && mayEscalate(notice)

export function expiringNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): ExpiringNotice {
  const left = ({ commit }: Assessment) => timeLeft(commit, context.now) ?? Infinity
  const atRisk = assessments.filter(isAtRisk).sort((a, b) => left(a) - left(b))
  // Of what is gone the newest reading says nothing; the loss has a message of its own.
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
    retention: (assessments[0] && retentionOf(assessments[0].commit, context)) ?? unknownRetention,
  }
}

export const unknownRetention: BrokerRetention = { broker: -1, retention: null, sweep: 0, source: 'default' }

function causeOf(worst: Assessment | undefined): Cause {
  if (worst && isRisk(worst.standing)) return worst.standing
  return worst?.commit.kind === 'simple' ? 'simple' : 'stopped'
}
