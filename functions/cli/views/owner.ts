import type { Ownership } from '../../core/model/ownership.ts'
import { name, span } from './format.ts'

/**
 * The owner of a group, or its last known member; empty if neither is known.
 * @param now ms since the epoch
 */
export function formatOwner({ owner, lastMember }: Ownership, now: number): string[] {
  if (owner !== null) return [`owner ${name(owner)}`]
  if (lastMember === null) return []
  const { clientId, host, seenAt } = lastMember
  return [`last member: client ${name(clientId)} on ${name(host)}, ${span(Math.max(0, now - seenAt))} ago`]
}
