import { nameFamily } from '../../text/name-family.ts'
import { unlessDefect } from '../defect.ts'
import { hasStopped, routeOf } from '../policy.ts'
import { WEEK } from '../time.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import type { AssessedGroups } from './incidents.ts'
import { incidentKeys } from './keys.ts'
import { isSilenced } from './silenced.ts'
import { factsOf, wantsMessage } from './summary.ts'

/**
 * Stopped groups of one owner and channel share a message if their names differ only in numbers or random parts. Groups
 * that follow within a week join the family's message or summary by an edit.
 * @param amongNew true to also join groups of a family that has no message: the first group gets the message
 */
export function withNameFamilies(
  state: AlertState,
  groups: AssessedGroups,
  context: AlertContext,
  { amongNew }: { amongNew: boolean },
): AlertState {
  const { now, policy } = context
  const ids = new Set(state.incidents.map(({ id }) => id))
  const summaries = new Map(state.summaries.map(summary => [summary.id, summary]))
  const hasMessage = (id: string) => state.messages[incidentKeys(id).parent] !== undefined
  const isStopped = ({ kind, group }: Incident) =>
    kind === 'deadline' && (groups.get(group) ?? []).every(hasStopped)
  const familyOf = ({ group }: Incident) => {
    const { channel = null, owner = null } = routeOf(group, policy) ?? {}
    return JSON.stringify([channel, owner, nameFamily(group)])
  }
  /** Time of the message or summary that reports this incident; −Infinity if none does. */
  const toldAt = ({ id, openedAt, summary }: Incident) =>
    hasMessage(id) ? openedAt : (summaries.get(summary?.id ?? '')?.openedAt ?? Number.NEGATIVE_INFINITY)
  /** Detaches the incident from a message that could not be posted, so that it can get its own. */
  const unjoined = (incident: Incident): Incident => {
    const id = incident.summary?.id ?? ''
    return ids.has(id) && !hasMessage(id) ? { ...incident, summary: null } : incident
  }

  const orReport = <T>({ group }: Incident, make: () => T) => unlessDefect(group, context, make)

  const reporting = new Map(
    state.incidents
      .filter(
        incident => Math.abs(now - toldAt(incident)) < WEEK && orReport(incident, () => isStopped(incident)),
      )
      .map(incident => [familyOf(incident), incident]),
  )
  const joined = new Map<string, number>()
  const join = (before: Incident): Incident => {
    if (!isStopped(before) || isSilenced(state, before.group, { now })) return before
    const incident = unjoined(before)
    if (!wantsMessage(state, incident, groups)) return incident
    const first = reporting.get(familyOf(incident))
    if (first === undefined) {
      if (amongNew) reporting.set(familyOf(incident), incident)
      return incident
    }
    const id = hasMessage(first.id) ? first.id : (first.summary?.id ?? first.id)
    if (incident.summary?.id !== id) joined.set(id, (joined.get(id) ?? 0) + 1)
    return { ...incident, summary: { id, told: factsOf(incident, groups) } }
  }
  const incidents = state.incidents.map(before => orReport(before, () => join(before)) ?? before)
  return {
    ...state,
    incidents,
    summaries: state.summaries.map(summary => ({
      ...summary,
      total: summary.total + (joined.get(summary.id) ?? 0),
    })),
  }
}
