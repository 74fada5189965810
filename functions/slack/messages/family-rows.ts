import type { Ownership } from '../../core/model/ownership.ts'
import { count } from '../../text/count.ts'
import { alike } from '../../text/name-family.ts'
import { describeOwner } from './owner.ts'
import { code, rows } from './text.ts'

interface Subject extends Ownership {
  group: string
}

/**
 * A row for each group. Groups with similar names share a row, which shows the first of them, and their owner if all
 * have the same one.
 * @param describe what to say about a group
 * @param total number of groups, if `subjects` are only some of them
 */
export function familyRows<T extends Subject>(
  subjects: readonly T[],
  describe: (subject: T) => string,
  now: number,
  total = subjects.length,
): string {
  const shared = alike(subjects, ({ group }) => group).map(({ family, items }) => {
    const [first] = items
    const named =
      family === undefined
        ? code(first.group, 60)
        : `${count(items.length, 'group')} ${code(family, 60)}, the first of them ${code(first.group, 60)}`
    const owner = items.every(item => item.owner === first.owner) ? describeOwner(first, now) : ''
    return { line: [`${named}: ${describe(first)}`, owner].filter(Boolean).join(' · '), items: items.length }
  })
  return rows(shared, total)
}
