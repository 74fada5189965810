import type { CommitTable } from '../columns/commit-table.ts'
import { groupRanges } from '../columns/key-order.ts'
import { hasNoMembers } from '../model/group-state.ts'
import type { NeverCommitted } from '../model/never-committed.ts'
import type { TopicPartition } from '../model/topic-partition.ts'
import type { Reading } from '../reading.ts'

/** Maximum number of entries in a snapshot, so that its manifest stays small. */
export const MOST_NEVER_COMMITTED = 1000

/**
 * Partitions with records that members own and for which their groups have never committed an offset, by group and
 * topic. An entry is carried over if its group was not read, or if the group's assignment is unknown, as during a
 * rebalance.
 * @param commits rows of this snapshot; a key among them was committed once, even if it is gone
 * @param before from the last snapshot
 * @param isAlerted true for a group with an alert: its entries are kept first, then the oldest ones, so that an entry
 *   that was reported does not make room for a new one
 */
export function neverCommitted(
  { uncommitted = new Map(), groups, finishedAt }: Reading,
  commits: CommitTable,
  before: readonly NeverCommitted[],
  isAlerted: (group: string) => boolean = () => false,
): NeverCommitted[] {
  const known = Map.groupBy(before, ({ group }) => group)
  const carriedOver = before.filter(({ group }) => {
    const reading = groups.get(group)
    return reading === undefined || (!uncommitted.has(group) && !hasNoMembers(reading))
  })
  const ranges = uncommitted.size > 0 ? groupRanges(commits) : new Map()
  const found = [...uncommitted].flatMap(([group, partitions]) => {
    const { from, to } = ranges.get(group) ?? { from: 0, to: 0 }
    const isKnown = ({ topic, partition }: TopicPartition) => {
      const { topic: topics, partition_index } = commits.columns
      for (let row = from; row < to; row++)
        if (partition_index[row] === partition && topics.get(row) === topic) return true
      return false
    }
    const since = ({ topic, partition }: TopicPartition) =>
      known.get(group)?.find(entry => entry.topic === topic && entry.partitions.includes(partition))?.since ??
      finishedAt
    const fresh = partitions.filter(partition => !isKnown(partition))
    return [
      ...Map.groupBy(fresh, partition => JSON.stringify([partition.topic, since(partition)])).values(),
    ].flatMap(alike => {
      const [first] = alike
      const numbers = alike.map(({ partition }) => partition).sort((a, b) => a - b)
      return first ? [{ group, topic: first.topic, partitions: numbers, since: since(first) }] : []
    })
  })
  const isLast = ({ group }: NeverCommitted) => Number(!isAlerted(group))
  return [...carriedOver, ...found]
    .sort((a, b) => isLast(a) - isLast(b) || a.since - b.since || compare(a, b))
    .slice(0, MOST_NEVER_COMMITTED)
    .sort(compare)
}

const compare = (a: NeverCommitted, b: NeverCommitted): number =>
  compareText(a.group, b.group) || compareText(a.topic, b.topic) || a.since - b.since

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Entries that have lasted for two intervals. A consumer that has just started usually commits sooner. */
export const lasting = (
  { neverCommitted, finishedAt }: { neverCommitted: readonly NeverCommitted[]; finishedAt: number },
  interval: number,
): NeverCommitted[] => neverCommitted.filter(({ since }) => finishedAt - since >= 2 * interval)
