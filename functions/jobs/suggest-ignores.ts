import { matches } from '../core/glob.ts'
import { type Assessment, hasStopped } from '../core/policy.ts'
import { FAMILY, nameFamily } from '../text/name-family.ts'

/** Groups whose names differ only in numbers or random parts. */
export interface SuggestedIgnore {
  /** A pattern for `ignore`. */
  pattern: string
  groups: string[]
  /** Number of groups without members, including gone ones. */
  stopped: number
  /** A group outside of the family that the pattern also matches, so the rule needs a look; null if there is none. */
  alsoMatches: string | null
}

/** Minimum share of stopped groups in a family. A group that still works is no leftover. */
const STOPPED = 0.8

/** Ignore rules for families of short-lived groups. @param all every group of a cluster, as the policy assesses it */
export function suggestIgnores(all: Iterable<readonly Assessment[]>): SuggestedIgnore[] {
  const groups = new Map<string, { isStopped: boolean; isIgnored: boolean }>()
  for (const rows of all) {
    const [first] = rows
    if (first === undefined) continue
    const isIgnored = first.ignored !== null
    groups.set(first.commit.group, { isStopped: rows.every(hasStopped), isIgnored })
  }
  const watched = [...groups].filter(([, { isIgnored }]) => !isIgnored)
  const families = Map.groupBy(watched, ([group]) => nameFamily(group))

  return [...families].flatMap(([family, members]): SuggestedIgnore[] => {
    const stopped = members.filter(([, { isStopped }]) => isStopped).length
    // A pattern of only `*` would ignore everything.
    const isPattern = /[a-z]{2}/i.test(family)
    if (members.length < FAMILY || stopped < members.length * STOPPED || !isPattern) return []
    const pattern = family.replaceAll('…', '*')
    const other = watched.find(([group]) => matches(pattern, group) && nameFamily(group) !== family)
    return [
      {
        pattern,
        groups: members.map(([group]) => group),
        stopped,
        alsoMatches: other?.[0] ?? null,
      },
    ]
  })
}
