import type { CommitTable } from './commit-table.ts'
import { NULL_STRING } from './string-column.ts'

/** Rows [from, to) of a table. */
export interface Range {
  from: number
  to: number
}

/** The rows of each group, which are contiguous, since the table is sorted. */
export function groupRanges(table: CommitTable): Map<string, Range> {
  const ranges = new Map<string, Range>()
  const { numbers, strings } = table.columns.group_id
  for (let from = 0, to = 1; from < table.length; from = to++) {
    while (to < table.length && numbers[to] === numbers[from]) to++
    ranges.set(strings[numbers[from] ?? NULL_STRING] ?? '', { from, to })
  }
  return ranges
}

/** Order of keys: by UTF-16 code units, as JavaScript compares strings. */
export function compareKeys(
  a: { group: string; topic: string; partition: number },
  b: { group: string; topic: string; partition: number },
): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
