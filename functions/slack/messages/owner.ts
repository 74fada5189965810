import type { Ownership } from '../../core/model/ownership.ts'
import { MINUTE } from '../../core/time.ts'
import { code, duration } from './text.ts'

/**
 * The owner of a group, or its last known member; empty if neither is known.
 * @param now ms since the epoch
 */
export function describeOwner({ owner, lastMember }: Ownership, now: number): string {
  if (owner !== null) return `owner ${code(owner, 60)}`
  if (lastMember === null) return ''
  const { clientId, host, seenAt } = lastMember
  const age = now - seenAt
  const when = age < MINUTE ? 'just now' : `${duration(age)} ago`
  return `last member: client ${code(clientId, 60)} on ${code(host, 60)}, ${when}`
}

/** The same as a line of a message. */
export function ownerLine({ now, ...ownership }: Ownership & { now: number }): string {
  const text = describeOwner(ownership, now)
  if (text === '') return ''
  return ownership.owner === null ? `*Owner:* not known; ${text}` : `*Owner:* ${code(ownership.owner, 60)}`
}
