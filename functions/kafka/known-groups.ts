import type { CommitTable } from '../core/commit-table.ts'
import type { GroupKind } from '../core/model.ts'
import type { TopicPartition } from '../core/topic-partition.ts'

/** A group that had committed offsets in the last snapshot. */
export interface KnownGroup {
  kind: GroupKind
  /** What the coordinator has to confirm, one way or the other. */
  keys: TopicPartition[]
}

/** The groups of the last snapshot with the keys that were not gone then. */
export function knownGroups(base: CommitTable | undefined): Map<string, KnownGroup> {
  const known = new Map<string, KnownGroup>()
  if (base === undefined) return known

  const { group_id, group_kind, topic, partition_index, gone_reason } = base.columns
  for (let i = 0; i < base.length; i++) {
    const [group, name, partition] = [group_id.get(i), topic.get(i), partition_index[i]]
    if (gone_reason.get(i) || group === null || name === null || partition === undefined) continue

    let entry = known.get(group)
    if (entry === undefined) {
      entry = { kind: asKind(group_kind.get(i)), keys: [] }
      known.set(group, entry)
    }
    entry.keys.push({ topic: name, partition })
  }
  return known
}

const kinds: readonly GroupKind[] = ['simple', 'classic', 'consumer', 'streams', 'share']

/** A kind as a snapshot or a listing spells it. */
export const asKind = (text: string | null | undefined): GroupKind =>
  kinds.find(kind => kind === text?.toLowerCase()) ?? 'unknown'

/** Partitions by topic, as requests want them. */
export function byTopic(keys: Iterable<TopicPartition>): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of keys) {
    const partitions = topics.get(topic)
    if (partitions) partitions.push(partition)
    else topics.set(topic, [partition])
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
