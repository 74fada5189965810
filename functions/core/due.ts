import type { AlertState, Incident, Posting } from './alert-state.ts'
import { type AssessedGroups, isAtRisk, lossesOf } from './incidents.ts'
import type { BrokerRetention } from './model.ts'
import type { Cause, ExpiringNotice, LossNotice, Notice, UnknownAgeNotice } from './notice.ts'
import { type Assessment, type AssessmentContext, isRisk, retentionOf, timeLeft } from './policy.ts'

type Slot = 'parent' | 'last'

/** A message that Slack does not have yet, or has in an older form. */
export interface Due {
  /** Null: the summary of unknown ages. */
  incident: string | null
  /** What it stands for: an incident that opens at its last level says both in one message. */
  slots: readonly Slot[]
  /** The message to edit; undefined: it is to be posted. */
  edits: { channel: string; ts: string } | undefined
  says: string
  /** Its life so far, to go back to where Slack does not take it. */
  before: Posting | null
  notice: Notice
}

export interface DueContext extends AssessmentContext {
  takenAt: number
  /** ms after which a message still marked as `posting` was left behind by a run that died. */
  postingTakes: number
}

/** What is to be posted or edited so that Slack says what the state says. Empty where nothing changed. */
export function dueMessages(state: AlertState, groups: AssessedGroups, context: DueContext): Due[] {
  const wanted = state.incidents.flatMap(incident => {
    const assessments = groups.get(incident.group) ?? []
    return incident.kind === 'loss'
      ? [lossMessage(state.cluster, incident, assessments, context)]
      : deadlineMessages(state.cluster, incident, assessments, context)
  })
  return [...wanted, unknownAgeMessage(state, context)].flatMap(message => (message ? [message] : []))
}

function deadlineMessages(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): (Due | undefined)[] {
  const notice = expiringNotice(cluster, incident, assessments, context)
  const worst = notice.commits[0]?.commit.deadline?.earliest
  const says =
    notice.resolved ??
    [notice.level, notice.harmless, notice.commits.length, worst, incident.acknowledgedAt].join(' ')
  // A message that never came is not sent to say that it is over.
  if (incident.closed && incident.parent === null) return []

  const opensAtLast = isUnposted(incident) && incident.level === 'last'
  const calls = opensAtLast && mayMention(notice)
  const parent = due(incident.id, calls ? ['parent', 'last'] : ['parent'], incident.parent, says, context, {
    ...notice,
    mention: calls,
  })

  const escalates = incident.level === 'last' && !incident.closed && !opensAtLast && mayMention(notice)
  if (!escalates || incident.last?.status === 'posted') return [parent]
  const lastNotice: ExpiringNotice = { ...notice, slot: 'last', mention: true }
  return [parent, due(incident.id, ['last'], incident.last, 'last', context, lastNotice)]
}

/** As far as is known: a time-out may have posted it. */
const isUnposted = ({ parent }: Incident): boolean => parent === null || parent.ts === null

/** Who has nothing to lose, has stopped or has acknowledged is not called at the last level. */
const mayMention = ({ harmless, cause, incident }: ExpiringNotice) =>
  !harmless && cause !== 'stopped' && incident.acknowledgedAt === null

function expiringNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): ExpiringNotice {
  const left = ({ commit }: Assessment) => timeLeft(commit, context.now, context.clockSkew) ?? Infinity
  const atRisk = assessments.filter(isAtRisk).sort((a, b) => left(a) - left(b))
  const shown = atRisk.length > 0 ? atRisk : assessments.slice(0, 1)
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
    retention: (shown[0] && retentionOf(shown[0].commit, context)) ?? unknownRetention,
    clockSkew: context.clockSkew,
  }
}

const unknownRetention: BrokerRetention = { broker: -1, retention: null, sweep: 0, source: 'default' }

function causeOf(worst: Assessment | undefined): Cause {
  if (worst && isRisk(worst.standing)) return worst.standing
  return worst?.commit.kind === 'simple' ? 'simple' : 'stopped'
}

function lossMessage(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: DueContext,
): Due | undefined {
  const losses = lossesOf(incident, assessments)
  // What the message says of offsets that are no longer known must not be wiped out.
  if (losses.length === 0) return undefined
  if (incident.closed?.why === 'ignored' && incident.parent === null) return undefined

  const notice: LossNotice = {
    type: 'loss',
    cluster,
    incident,
    takenAt: context.takenAt,
    now: context.now,
    mention: isUnposted(incident) && incident.closed === null,
    resolved: incident.closed?.why ?? null,
    commits: losses.flatMap(({ commit, loss, lostImpact }) =>
      loss && lostImpact ? [{ commit, ...loss, impact: lostImpact }] : [],
    ),
  }
  const says = notice.resolved ?? losses.map(({ loss }) => loss?.outcome.kind).join(' ')
  return due(incident.id, ['parent'], incident.parent, says, context, notice)
}

function unknownAgeMessage({ cluster, unknownAge }: AlertState, context: DueContext): Due | undefined {
  if (unknownAge === null) return undefined
  const { groups, examples, knownFrom, parent } = unknownAge
  const notice: UnknownAgeNotice = {
    type: 'unknown-age',
    cluster,
    takenAt: context.takenAt,
    groups,
    examples,
    knownFrom,
  }
  return due(null, ['parent'], parent, String(groups), context, notice)
}

function due(
  incident: string | null,
  slots: readonly Slot[],
  posting: Posting | null,
  says: string,
  { now, postingTakes }: DueContext,
  notice: Notice,
): Due | undefined {
  if (posting?.says === says && posting.status === 'posted') return undefined
  if (posting?.status === 'posting' && now - posting.since < postingTakes) return undefined
  const { channel, ts } = posting ?? { channel: null, ts: null }
  return {
    incident,
    slots,
    edits: channel !== null && ts !== null ? { channel, ts } : undefined,
    says,
    before: posting,
    notice,
  }
}

/** The state with one message's life moved on. */
export function withPosting(
  state: AlertState,
  { incident, slots }: Due,
  posting: Posting | null,
): AlertState {
  if (incident === null) {
    return { ...state, unknownAge: state.unknownAge && { ...state.unknownAge, parent: posting } }
  }
  const moved = Object.fromEntries(slots.map(slot => [slot, posting]))
  const incidents = state.incidents.map(each => (each.id === incident ? { ...each, ...moved } : each))
  return { ...state, incidents }
}
