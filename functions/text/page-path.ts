import { createHash } from 'node:crypto'

/** Names longer than this stand in an address by their hash: servers and browsers refuse long ones. */
const LONGEST_NAME = 500

export const hashOf = (group: string): string => createHash('sha256').update(group).digest('hex').slice(0, 32)

/** Path and query of a group's page, as `serve` answers them. */
export function groupPath(cluster: string, group: string): string {
  const query = new URLSearchParams({ cluster })
  if (encodeURIComponent(group).length > LONGEST_NAME) query.set('hash', hashOf(group))
  else query.set('name', group)
  return `/group?${query.toString()}`
}
