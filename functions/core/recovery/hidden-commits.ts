import type { Commit } from '../model/commit.ts'
import { hasNoMembers } from '../model/group-state.ts'
import { keyOf } from '../model/topic-partition.ts'
import type { CurrentGroup } from './current-group.ts'

/**
 * Offsets that changed although neither the snapshot nor the current state shows members: a consumer with assign(), or
 * a tool, committed them.
 */
export interface HiddenCommits {
  /** Number of these offsets. */
  offsets: number
  /** End of the reading that saw the old offsets, ms since the epoch. */
  since: number
}

/** @param seen the group's offsets in the newest snapshot */
export function hiddenCommits(seen: readonly Commit[], current: CurrentGroup): HiddenCommits | null {
  if (!hasNoMembers(current)) return null
  const offsets = new Map(
    current.partitions.flatMap(({ committed, ...key }) =>
      typeof committed === 'string' ? [] : [[keyOf(key), committed.offset] as const],
    ),
  )
  const changed = seen.filter(commit => {
    const offset = offsets.get(keyOf(commit))
    const isAnother = offset !== undefined && (commit.gone !== null || offset !== commit.offset)
    return isAnother && hasNoMembers(commit)
  })
  if (changed.length === 0) return null
  return {
    offsets: changed.length,
    since: changed.reduce((earliest, { seenAt }) => Math.min(earliest, seenAt), Infinity),
  }
}
