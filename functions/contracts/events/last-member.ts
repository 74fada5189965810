import type { LastMember } from '../../core/model/commit.ts'
import { iso } from '../../core/time.ts'

/** JSON of the last member seen in a group; null if no member was ever seen. */
export const memberJson = (member: LastMember | null) =>
  member && { clientId: member.clientId, host: member.host, lastSeenAt: iso(member.seenAt) }
