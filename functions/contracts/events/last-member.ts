import type { LastMember } from '../../core/model/commit.ts'
import { iso } from '../../core/time.ts'

/** Who was last seen in a group, as JSON says it; null where no member was ever seen. */
export const memberJson = (member: LastMember | null) =>
  member && { clientId: member.clientId, host: member.host, lastSeenAt: iso(member.seenAt) }
