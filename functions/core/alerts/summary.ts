import { createHash } from 'node:crypto'
import { routeOf, timeLeft, unlessDefect } from '../policy.ts'
import type { AlertState, Incident, Summary } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { expiringNotice, mayMention } from './deadline-messages.ts'
import type { AssessedGroups } from './incidents.ts'
import { contentHash, incidentKeys, summaryKey } from './keys.ts'
import { lossNotice } from './loss-messages.ts'
import { lossesOf, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { ExpiringNotice, LossNotice, SummaryNotice } from './notice.ts'

/** Nobody reads more new messages than that one by one. */
const AT_ONCE = 10

/** More than ten incidents of one kind and channel that lack a message get a summary together. */
export function withSummaries(state: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const waiting = Map.groupBy(
    state.incidents.filter(
      incident => unlessDefect(incident.group, context, () => wantsMessage(state, incident, groups)) ?? false,
    ),
    ({ kind, group }) => JSON.stringify([kind, routeOf(group, context.policy)?.channel ?? null]),
  )

  const opened: Summary[] = []
  const summaryOf = new Map<string, Incident['summary']>()
  for (const [key, incidents] of waiting) {
    const [first, { length: total }] = [incidents[0], incidents]
    if (first === undefined || total <= AT_ONCE) continue
    const id = createHash('sha256')
      .update(JSON.stringify([state.cluster, 'summary', key, context.now]))
      .digest('hex')
      .slice(0, 12)
    opened.push({ id, kind: first.kind, group: first.group, openedAt: context.now, total })
    for (const incident of incidents) summaryOf.set(incident.id, { id, told: factsOf(incident, groups) })
  }

  const incidents = state.incidents.map(each => ({
    ...each,
    summary: summaryOf.get(each.id) ?? each.summary,
  }))
  const used = new Set(incidents.map(({ summary }) => summary?.id))
  const isNeeded = ({ id }: Summary) => used.has(id) || isOutdated(state, id)
  return { ...state, incidents, summaries: [...state.summaries, ...opened].filter(isNeeded) }
}

/** True while Slack's message still counts incidents that are over or have a message of their own. */
function isOutdated({ messages }: AlertState, id: string): boolean {
  const posting = messages[summaryKey(id)]
  return posting !== undefined && !(posting.status === 'posted' && posting.hash === contentHash('0'))
}

/** True if the incident needs a message, has none of its own, and no summary that is still accurate. */
export function wantsMessage({ messages }: AlertState, incident: Incident, groups: AssessedGroups): boolean {
  const { id, kind, closed, summary, group } = incident
  if (messages[incidentKeys(id).parent] !== undefined) return false
  if (kind === 'deadline' ? closed !== null : closed?.why === 'ignored') return false
  if (kind === 'loss' && lossesOf(incident, groups.get(group) ?? []).length === 0) return false
  if (summary === null) return true
  return closed === null && summary.told !== factsOf(incident, groups)
}

/** A summary is accurate for an incident while these facts stay the same. */
function factsOf(incident: Incident, groups: AssessedGroups): string {
  if (incident.kind === 'deadline') return incident.level ?? 'none'
  return lossOutcomes(lossesOf(incident, groups.get(incident.group) ?? []))
}

/** @param ofGroup the incidents of each group, oldest first */
export function summaryMessages(
  { cluster, incidents, messages }: AlertState,
  summary: Summary,
  groups: AssessedGroups,
  ofGroup: ReadonlyMap<string, Incident[]>,
  context: AlertContext,
): AlertMessage[] {
  const key = summaryKey(summary.id)
  const open = incidents.filter(
    each =>
      each.summary?.id === summary.id &&
      each.closed === null &&
      messages[incidentKeys(each.id).parent] === undefined,
  )
  // Only a loss needs a message after its end.
  if (messages[key] === undefined && open.length === 0 && summary.kind === 'deadline') return []

  const noticeOf = (incident: Incident) => {
    const { group } = incident
    const assessments = groups.get(group) ?? []
    return incident.kind === 'loss'
      ? lossNotice(cluster, incident, assessments, ofGroup.get(group) ?? [], context)
      : expiringNotice(cluster, incident, assessments, context)
  }
  const notices = open
    .flatMap(incident => unlessDefect(incident.group, context, () => noticeOf(incident)) ?? [])
    .filter(({ commits }) => commits.length > 0)
    .sort((a, b) => urgency(a, context) - urgency(b, context))
  const notice: SummaryNotice = {
    type: 'summary',
    kind: summary.kind,
    cluster,
    id: summary.id,
    takenAt: context.takenAt,
    now: context.now,
    mention: notices.some(notice => notice.type === 'loss' || mayMention(notice)),
    total: summary.total,
    open: open.length,
    isLastWord: open.every(({ level }) => level === 'last'),
    worst: notices.slice(0, AT_ONCE),
  }
  const route = routeOf(summary.group, context.policy) ?? null
  return [alertMessage(key, String(open.length), { route, notice })]
}

/** Sort order: deadlines by time left, losses by number of partitions, descending. */
function urgency(notice: ExpiringNotice | LossNotice, { now }: AlertContext): number {
  if (notice.type === 'loss') return -notice.commits.length
  const worst = notice.commits[0]?.commit
  return (worst && timeLeft(worst, now)) ?? Infinity
}
