import type { CommitTable } from '../../core/columns/commit-table.ts'
import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { groupRanges, type Range } from '../../core/columns/key-order.ts'
import { firstUnread, isFew, type UnreadBefore } from '../../core/evidence/records-deadline.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import type { GroupReading } from '../../core/reading.ts'
import type { FoundTopic } from './find-topics.ts'

/** A partition that some group has not read to its end. */
export interface UnreadPartition extends TopicPartition {
  /** One for each of these groups. */
  unread: UnreadFrom[]
}

export interface UnreadFrom {
  /** Where the group goes on reading: not below the log start. */
  first: bigint
  /** The group's row in the snapshot before. */
  before: UnreadBefore | undefined
}

/**
 * Partitions with unread records, where more than a few of them wait. A partition whose log was not read is not among
 * them.
 */
export function unreadOffsets(
  groups: ReadonlyMap<string, GroupReading>,
  { topic, partition, offset }: CommittedOffsets,
  topics: ReadonlyMap<string, FoundTopic>,
  previous: CommitTable | undefined,
): UnreadPartition[] {
  const found = new Map<string, Map<number, UnreadPartition>>()
  const ranges = previous ? groupRanges(previous) : new Map<string, Range>()
  for (const [group, { from, to }] of groups) {
    const rowBefore = rowFinder(previous, ranges.get(group))
    let [last, reading]: [string | undefined, FoundTopic['reading'] | undefined] = [undefined, undefined]
    for (let i = from; i < to; i++) {
      const [name = '', index = 0, committed = 0n] = [topic[i], partition[i], offset[i]]
      // A group's partitions of one topic stand next to each other.
      if (name !== last) [last, reading] = [name, topics.get(name)?.reading]
      const ends = reading?.log.get(index)
      if (ends === undefined || committed < 0n || committed >= ends.end || ends.start >= ends.end) continue

      const first = firstUnread(committed, ends.start)
      const before = rowBefore(name, index, reading?.id ?? null)
      if (isFew(ends.end - first, { offset: committed, logEnd: ends.end }, before)) continue
      unreadIn(found, { topic: name, partition: index }).push({ first, before })
    }
  }
  return [...found.values()].flatMap(partitions => [...partitions.values()])
}

type RowFinder = (topic: string, partition: number, topicId: string | null) => UnreadBefore | undefined

/** Finds rows of one group. They stand in the order in which its coordinator tells them, as a rule. */
function rowFinder(previous: CommitTable | undefined, range: Range | undefined): RowFinder {
  if (previous === undefined || range === undefined) return () => undefined
  const { topic, partition_index, topic_id, gone_reason } = previous.columns
  const { from, to } = range
  let next = from
  return (name, index, id) => {
    for (let tried = from; tried < to; tried++) {
      const row = next
      next = next + 1 < to ? next + 1 : from
      if (partition_index[row] !== index || topic.get(row) !== name) continue
      const idBefore = topic_id.get(row)
      const isRecreated = id !== null && idBefore !== null && id !== idBefore
      return isRecreated || gone_reason.get(row) !== null ? undefined : previous.unreadAt(row)
    }
    return undefined
  }
}

function unreadIn(
  found: Map<string, Map<number, UnreadPartition>>,
  { topic, partition }: TopicPartition,
): UnreadFrom[] {
  const partitions = found.get(topic) ?? new Map<number, UnreadPartition>()
  found.set(topic, partitions)
  const known = partitions.get(partition)
  if (known) return known.unread
  const unread: UnreadFrom[] = []
  partitions.set(partition, { topic, partition, unread })
  return unread
}
