import type { AlertState, Incident, Posting } from './alert-state.ts'
import { incidentKeys } from './keys.ts'

/** The incidents of one message. The message has the key of the first one. */
export type SharedParent = [owner: Incident, ...others: Incident[]]

/**
 * Groups the incidents by message: incidents that already share one, and incidents without one, which join the message
 * of an open incident.
 * @param incidents the deadlines of one group, oldest first
 * @param wants true if an incident without a message should have one
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

/** A message that may not have arrived is identified only by the time at which its posting was saved. */
const isSame = (a: Posting | undefined, b: Posting): boolean =>
  a !== undefined && a.channel === b.channel && a.ts === b.ts && (b.ts !== null || a.since === b.since)
