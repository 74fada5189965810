import { createHash } from 'node:crypto'
import { type AssessmentContext, routeOf, timeLeft } from '../policy.ts'
import type { AlertState, Incident, Summary } from './alert-state.ts'
import { expiringNotice, mayCall } from './deadline-messages.ts'
import { type AssessedGroups, lossesOf, lossTold } from './incidents.ts'
import { lossNotice } from './loss-messages.ts'
import type { ExpiringNotice, LossNotice, SummaryNotice } from './notice.ts'
import { type Due, type DueContext, due, placeOf } from './posting.ts'

/** More messages at once than that are not read one by one. */
const AT_ONCE = 10

/** Of incidents that want a message of their own, those of one kind and channel become one summary if there are many. */
export function withSummaries(
  state: AlertState,
  groups: AssessedGroups,
  context: AssessmentContext,
): AlertState {
  const waiting = Map.groupBy(
    state.incidents.filter(incident => wantsMessage(incident, groups)),
    ({ kind, group }) => JSON.stringify([kind, routeOf(group, context.policy)?.channel ?? null]),
  )
  const crowds = [...waiting].filter(([, incidents]) => incidents.length > AT_ONCE)

  const summaries: Summary[] = []
  const told = new Map<string, { id: string; told: string }>()
  for (const [key, incidents] of crowds) {
    const id = createHash('sha256')
      .update(JSON.stringify([state.cluster, 'summary', key, context.now]))
      .digest('hex')
      .slice(0, 12)
    summaries.push({
      id,
      kind: incidents[0]?.kind ?? 'deadline',
      group: incidents[0]?.group ?? '',
      openedAt: context.now,
      total: incidents.length,
      parent: null,
    })
    for (const incident of incidents) told.set(incident.id, { id, told: toldOf(incident, groups) })
  }

  const incidents = state.incidents.map(each => ({ ...each, summary: told.get(each.id) ?? each.summary }))
  const used = new Set(incidents.map(({ summary }) => summary?.id))
  return {
    ...state,
    incidents,
    summaries: [...state.summaries, ...summaries].filter(each => used.has(each.id) || isStillSaid(each)),
  }
}

/** All of its groups have been told of anew, but its message does not say so yet. */
const isStillSaid = ({ parent }: Summary): boolean =>
  parent !== null && !(parent.status === 'posted' && parent.says === saysOf(0))

const saysOf = (open: number): string => String(open)

/** It has none, and what a summary told of it, if any did, is no longer how it stands. */
export function wantsMessage(incident: Incident, groups: AssessedGroups): boolean {
  const { kind, closed, parent, summary } = incident
  if (parent !== null) return false
  if (kind === 'deadline' ? closed !== null : closed?.why === 'ignored') return false
  if (kind === 'loss' && lossesOf(incident, groups.get(incident.group) ?? []).length === 0) return false
  if (summary === null) return true
  return closed === null && summary.told !== toldOf(incident, groups)
}

/** What has to change until a group that a summary has told of is told of again. */
function toldOf(incident: Incident, groups: AssessedGroups): string {
  if (incident.kind === 'deadline') return incident.level ?? 'none'
  return lossTold(lossesOf(incident, groups.get(incident.group) ?? []))
}

export function summaryMessages(state: AlertState, groups: AssessedGroups, context: DueContext): Due[] {
  return state.summaries.flatMap(summary => {
    const open = state.incidents.filter(
      each => each.summary?.id === summary.id && each.closed === null && each.parent === null,
    )
    // What was over before it could be told is told only of a loss.
    if (summary.parent === null && open.length === 0 && summary.kind === 'deadline') return []

    const notices = open
      .map(incident => {
        const assessments = groups.get(incident.group) ?? []
        return incident.kind === 'loss'
          ? lossNotice(state, incident, assessments, context)
          : expiringNotice(state.cluster, incident, assessments, context)
      })
      .filter(({ commits }) => commits.length > 0)
      .sort((a, b) => leftOf(a, context) - leftOf(b, context))
    const notice: SummaryNotice = {
      type: 'summary',
      kind: summary.kind,
      cluster: state.cluster,
      id: summary.id,
      takenAt: context.takenAt,
      now: context.now,
      mention:
        placeOf(summary.parent) === undefined &&
        notices.some(each => (each.type === 'loss' ? true : mayCall(each))),
      total: summary.total,
      open: open.length,
      isLastWord: open.every(({ level }) => level === 'last'),
      worst: notices.slice(0, AT_ONCE),
    }
    const route = routeOf(summary.group, context.policy) ?? null
    const of = { type: 'summary', id: summary.id } as const
    return due(summary.parent, { of, says: saysOf(open.length), route, notice }, context)
  })
}

/** What has a message to lose sooner comes first; of losses, what has lost most. */
function leftOf(notice: ExpiringNotice | LossNotice, { now }: DueContext): number {
  if (notice.type === 'loss') return -notice.commits.length
  const worst = notice.commits[0]?.commit
  return (worst && timeLeft(worst, now)) ?? Infinity
}
