import type { AlertState, Incident, Posting } from './alert-state.ts'
import { incidentKeys } from './keys.ts'

/** The incidents that one message states. The first one's key is that of the message. */
export type SharedParent = [owner: Incident, ...others: Incident[]]

/**
 * Which incidents of a group have a message together: those whose message is the same, and those without one, which join
 * the message of an open incident.
 * @param incidents the deadlines of one group, oldest first
 * @param wants whether an incident without a message should have one
 */
export function sharedParents(
  { messages }: AlertState,
  incidents: readonly Incident[],
  wants: (incident: Incident) => boolean,
): SharedParent[] {
  const postingOf = ({ id }: Incident) => messages[incidentKeys(id).parent]
  const parents: SharedParent[] = []
  const join = (incident: Incident, parent: SharedParent | undefined) => {
    if (parent) parent.push(incident)
    else parents.push([incident])
  }
  for (const incident of incidents) {
    const posting = postingOf(incident)
    if (posting)
      join(
        incident,
        parents.find(([owner]) => isSame(postingOf(owner), posting)),
      )
  }
  for (const incident of incidents) {
    if (postingOf(incident) || !wants(incident)) continue
    join(
      incident,
      parents.find(shared => shared.some(({ closed }) => closed === null)),
    )
  }
  return parents
}

/** Of a message that may or may not have arrived, the time of the intent is all that is known. */
const isSame = (a: Posting | undefined, b: Posting): boolean =>
  a !== undefined && a.channel === b.channel && a.ts === b.ts && (b.ts !== null || a.since === b.since)
