import { knownIn } from '../../core/closed-list.ts'
import type { CommitTable } from '../../core/columns/commit-table.ts'
import { groupRanges, type Range } from '../../core/columns/key-order.ts'
import { type GroupKind, groupKinds } from '../../core/model/commit.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'

/** A group that had committed offsets in the last snapshot. */
export interface KnownGroup {
  kind: GroupKind
  /** The keys that the coordinator has to confirm or deny. */
  keys(): TopicPartition[]
}

/** The groups of the last snapshot, with the keys of the offsets that still existed then. */
export function knownGroups(previous: CommitTable | undefined): Map<string, KnownGroup> {
  const known = new Map<string, KnownGroup>()
  if (previous === undefined) return known

  const { group_kind, gone_reason } = previous.columns
  for (const [group, range] of groupRanges(previous)) {
    let row = range.from
    while (row < range.to && gone_reason.get(row) !== null) row++
    if (row === range.to) continue
    // Makes the keys on demand: all groups at once would be hundreds of thousands of objects.
    known.set(group, { kind: asKind(group_kind.get(row)), keys: () => keysOf(previous, range) })
  }
  return known
}

function keysOf({ columns }: CommitTable, { from, to }: Range): TopicPartition[] {
  const keys: TopicPartition[] = []
  for (let row = from; row < to; row++) {
    const [topic, partition = 0] = [columns.topic.get(row), columns.partition_index[row]]
    if (topic !== null && columns.gone_reason.get(row) === null) keys.push({ topic, partition })
  }
  return keys
}

/** A group's kind, from the text of a snapshot or a listing. */
export const asKind = (text: string | null | undefined): GroupKind =>
  knownIn(groupKinds, text?.toLowerCase() ?? null)

/** Partitions by topic, in the shape of a request. */
export function byTopic(keys: Iterable<TopicPartition>): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of keys) {
    const partitions = topics.get(topic)
    if (partitions) partitions.push(partition)
    else topics.set(topic, [partition])
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
