import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import type { GroupReading } from '../../core/reading.ts'
import type { FoundTopic } from './find-topics.ts'

/** A partition that some group has not read to its end. */
export interface UnreadPartition extends TopicPartition {
  /** Where the groups go on reading: each offset once, none below the log start. */
  offsets: Set<bigint>
}

/** Partitions with unread records. A partition whose log was not read is not among them. */
export function unreadOffsets(
  groups: ReadonlyMap<string, GroupReading>,
  { topic, partition, offset }: CommittedOffsets,
  topics: ReadonlyMap<string, FoundTopic>,
): UnreadPartition[] {
  const unread = new Map<string, Map<number, UnreadPartition>>()
  for (const { from, to } of groups.values()) {
    let [last, log]: [string | undefined, FoundTopic['reading']['log'] | undefined] = [undefined, undefined]
    for (let i = from; i < to; i++) {
      const [name = '', index = 0, committed = 0n] = [topic[i], partition[i], offset[i]]
      // A group's partitions of one topic stand next to each other.
      if (name !== last) [last, log] = [name, topics.get(name)?.reading.log]
      const ends = log?.get(index)
      if (ends === undefined || committed < 0n || committed >= ends.end || ends.start >= ends.end) continue
      const isBelowLog = committed < ends.start
      offsetsOf(unread, { topic: name, partition: index }).add(isBelowLog ? ends.start : committed)
    }
  }
  return [...unread.values()].flatMap(partitions => [...partitions.values()])
}

function offsetsOf(
  unread: Map<string, Map<number, UnreadPartition>>,
  { topic, partition }: TopicPartition,
): Set<bigint> {
  const partitions = unread.get(topic) ?? new Map<number, UnreadPartition>()
  unread.set(topic, partitions)
  const known = partitions.get(partition)
  if (known) return known.offsets
  const offsets = new Set<bigint>()
  partitions.set(partition, { topic, partition, offsets })
  return offsets
}
