import { createHash } from 'node:crypto'

/** A longer name appears in an address as its hash: servers and browsers refuse long addresses. */
const LONGEST_NAME = 500

export const hashOf = (group: string): string => createHash('sha256').update(group).digest('hex').slice(0, 32)

/** Path and query of a group's page in `serve`. */
export function groupPath(cluster: string, group: string): string {
  const query = new URLSearchParams({ cluster })
  if (encodeURIComponent(group).length > LONGEST_NAME) query.set('hash', hashOf(group))
  else query.set('name', group)
  return `/group?${query.toString()}`
}
