import { unlessDefect } from '../defect.ts'
import { routeOf } from '../policy.ts'
import type { AlertState, Incident, Summary } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { atRiskOf, isDeadline, isLoss } from './incident.ts'
import type { AssessedGroups } from './incidents.ts'
import { contentHash, incidentKeys, shortId, summaryKey } from './keys.ts'
import { lossesOf, lossOutcomes } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { IncidentNotice, SummaryNotice } from './notice.ts'
import { deadlineOf, mentions, noticeOf } from './notices.ts'
import { isSilenced } from './silenced.ts'

/** People do not read more new messages than this one by one. */
const AT_ONCE = 10

/** Content of a summary whose incidents are all over, or have a message of their own. */
const NONE_OPEN = '0'

/** Deadlines of records and losses of records share a summary. */
const summaryKind = ({ kind }: Incident): Summary['kind'] =>
  kind === 'records-loss' ? 'records-deadline' : kind

/**
 * More than ten incidents of one kind and channel that lack a message get one summary. When incidents of records open
 * for the first time, two are enough.
 */
export function withSummaries(
  before: AlertState,
  groups: AssessedGroups,
  context: AlertContext,
  { isFirstOfRecords } = { isFirstOfRecords: false },
): AlertState {
  const state = withoutSilenced(before, context)
  const waiting = Map.groupBy(
    state.incidents.filter(
      incident =>
        (isLoss(incident) || !isSilenced(state, incident.group, context)) &&
        (unlessDefect(incident.group, context, () => wantsMessage(state, incident, groups)) ?? false),
    ),
    incident =>
      JSON.stringify([summaryKind(incident), routeOf(incident.group, context.policy)?.channel ?? null]),
  )

  const opened: Summary[] = []
  const summaryOf = new Map<string, Incident['summary']>()
  for (const [key, incidents] of waiting) {
    const [first, { length: total }] = [incidents[0], incidents]
    if (first === undefined) continue
    const isFirst = isFirstOfRecords && atRiskOf(first) === 'records'
    if (total <= (isFirst ? 1 : AT_ONCE)) continue
    const id = shortId(state.cluster, 'summary', key, context.now)
    opened.push({ id, kind: summaryKind(first), group: first.group, openedAt: context.now, total })
    for (const incident of incidents) summaryOf.set(incident.id, { id, told: factsOf(incident, groups) })
  }

  const incidents = state.incidents.map(incident => ({
    ...incident,
    summary: summaryOf.get(incident.id) ?? incident.summary,
  }))
  const used = new Set(incidents.map(({ summary }) => summary?.id))
  const isNeeded = ({ id }: Summary) => used.has(id) || isOutdated(state, id)
  return { ...state, incidents, summaries: [...state.summaries, ...opened].filter(isNeeded) }
}

/**
 * Takes incidents of silenced groups out of summaries that are not posted yet. These incidents wait for the end of the
 * silence.
 */
function withoutSilenced(state: AlertState, context: AlertContext): AlertState {
  const unposted = new Set(
    state.summaries.flatMap(({ id }) => (state.messages[summaryKey(id)] === undefined ? [id] : [])),
  )
  const waits = (incident: Incident) =>
    unposted.has(incident.summary?.id ?? '') &&
    incident.closed === null &&
    !isLoss(incident) &&
    isSilenced(state, incident.group, context)
  const waiting = state.incidents.filter(waits)
  if (waiting.length === 0) return state
  const incidents = state.incidents.map(incident =>
    waits(incident) ? { ...incident, summary: null } : incident,
  )
  const summaries = state.summaries.map(summary => {
    const left = waiting.filter(incident => incident.summary?.id === summary.id).length
    return { ...summary, total: summary.total - left }
  })
  return { ...state, incidents, summaries }
}

/** True while Slack's message still counts incidents that are over or have a message of their own. */
function isOutdated({ messages }: AlertState, id: string): boolean {
  const posting = messages[summaryKey(id)]
  return posting !== undefined && !(posting.status === 'posted' && posting.hash === contentHash(NONE_OPEN))
}

/** True if the incident needs a message: it has no message of its own and no accurate summary. */
export function wantsMessage({ messages }: AlertState, incident: Incident, groups: AssessedGroups): boolean {
  const { id, kind, closed, summary, group } = incident
  if (messages[incidentKeys(id).parent] !== undefined) return false
  if (isLoss(incident) ? closed?.why === 'ignored' : closed !== null) return false
  if (kind === 'loss' && lossesOf(incident, groups.get(group) ?? []).length === 0) return false
  if (summary === null) return true
  return closed === null && summary.told !== factsOf(incident, groups)
}

/** A summary is accurate for an incident as long as these facts do not change. Empty for partitions without a commit. */
export function factsOf(incident: Incident, groups: AssessedGroups): string {
  if (isDeadline(incident)) return incident.level ?? 'none'
  if (incident.recordsLost) return String(incident.recordsLost.told.times)
  return lossOutcomes(lossesOf(incident, groups.get(incident.group) ?? []).flatMap(({ loss }) => loss ?? []))
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
    incident =>
      incident.summary?.id === summary.id &&
      incident.closed === null &&
      messages[incidentKeys(incident.id).parent] === undefined,
  )
  // Only a loss still needs a message once it is over.
  const hasLoss = incidents.some(
    incident => incident.summary?.id === summary.id && isLoss(incident) && incident.closed?.why !== 'ignored',
  )
  if (messages[key] === undefined && open.length === 0 && !hasLoss) return []

  const notices = open
    .flatMap(incident => {
      const { group } = incident
      const facts = { cluster, assessments: groups.get(group) ?? [], ofGroup: ofGroup.get(group) ?? [] }
      return unlessDefect(group, context, () => noticeOf(incident, facts, context)) ?? []
    })
    .filter(notice => partitionsOf(notice).length > 0)
    .sort((a, b) => urgency(a) - urgency(b))
  const urgent = notices.filter(mentions)
  const notice: SummaryNotice = {
    type: 'summary',
    kind: summary.kind,
    cluster,
    id: summary.id,
    takenAt: context.takenAt,
    now: context.now,
    mention: urgent.length > 0,
    total: summary.total,
    open: open.length,
    isLastWord: open.every(incident => !isDeadline(incident) || incident.level === 'last'),
    worst: notices,
  }
  const route = routeOf(summary.group, context.policy)
  const haveJoined = open.some(({ openedAt }) => openedAt > summary.openedAt)
  const content = haveJoined ? `${open.length} of ${summary.total}` : String(open.length)
  const mentioned = urgent.map(({ incident }) => routeOf(incident.group, context.policy))
  return [alertMessage(key, content, { route, mentioned, notice })]
}

function partitionsOf(notice: IncidentNotice): readonly unknown[] {
  if (notice.type === 'never-committed') return notice.entries
  return notice.type === 'records' ? notice.partitions : notice.commits
}

/** Sort order: losses by number of partitions, descending; the others by time. */
function urgency(notice: IncidentNotice): number {
  switch (notice.type) {
    case 'loss':
    case 'records-lost':
      return -notice.commits.length
    case 'expiring':
    case 'records':
      return deadlineOf(notice)
    case 'never-committed':
      return notice.entries[0]?.since ?? Infinity
  }
}
