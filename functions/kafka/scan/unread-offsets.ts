import type { CommitTable } from '../../core/columns/commit-table.ts'
import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { groupRanges, type Range } from '../../core/columns/key-order.ts'
import { firstUnread, isFew, type UnreadBefore } from '../../core/evidence/records-deadline.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import type { GroupReading, TopicReading } from '../../core/reading.ts'
import type { FoundTopic } from './find-topics.ts'

/** Distinct positions from which the groups of a partition continue to read. */
export interface UnreadPartition extends TopicPartition {
  offsets: Set<bigint>
}

export interface CommittedNow {
  groups: ReadonlyMap<string, GroupReading>
  offsets: CommittedOffsets
  topics: ReadonlyMap<string, FoundTopic>
}

/** Topics with records that some group has not read. */
export function unreadTopics(committed: CommittedNow): Set<string> {
  const found = new Set<string>()
  eachUnread(committed, (_, topic) => void found.add(topic))
  return found
}

/**
 * The offsets for which a leader has to be asked about the deadline: more than a few records follow the offset, and the
 * last snapshot does not know enough about them. Partitions whose log was not read are left out.
 * @param isKnown true if `before` knows enough about a topic's records
 */
export function unreadOffsets(
  committed: CommittedNow,
  previous: CommitTable | undefined,
  isKnown: (topic: TopicReading, first: bigint, before: UnreadBefore) => boolean,
): UnreadPartition[] {
  const found = new Map<string, Map<number, UnreadPartition>>()
  const ranges = previous ? groupRanges(previous) : new Map<string, Range>()
  let [last, find]: [string | undefined, RowFinder] = [undefined, () => undefined]
  eachUnread(committed, (group, topic, partition, { offset, ends, reading }) => {
    if (group !== last) [last, find] = [group, rowFinder(previous, ranges.get(group))]
    const first = firstUnread(offset, ends.start)
    const before = find(topic, partition, reading.id)
    if (isFew(ends.end - first, { offset, logEnd: ends.end }, before)) return
    // Most rows end here without allocating an object: there may be hundreds of thousands.
    if (before !== undefined && isKnown(reading, first, before)) return
    offsetsIn(found, { topic, partition }).add(first)
  })
  return [...found.values()].flatMap(partitions => [...partitions.values()])
}

type VisitUnread = (
  group: string,
  topic: string,
  partition: number,
  unread: { offset: bigint; ends: { start: bigint; end: bigint }; reading: TopicReading },
) => void

function eachUnread({ groups, offsets, topics }: CommittedNow, visit: VisitUnread): void {
  for (const [group, { from, to }] of groups) {
    let last: string | undefined
    let reading: TopicReading | undefined
    // Hundreds of thousands of rows run through this loop before V8 compiles it; an array pattern would double the
    // time.
    for (let i = from; i < to; i++) {
      const topic = offsets.topic[i] ?? ''
      // A group's partitions of one topic are next to each other.
      if (topic !== last) {
        last = topic
        reading = topics.get(topic)?.reading
      }
      const partition = offsets.partition[i] ?? 0
      const ends = reading?.log.get(partition)
      if (reading === undefined || ends === undefined) continue
      const offset = offsets.offset[i] ?? 0n
      if (offset < ends.end && ends.start < ends.end && offset >= 0n)
        visit(group, topic, partition, { offset, ends, reading })
    }
  }
}

type RowFinder = (topic: string, partition: number, topicId: string | null) => UnreadBefore | undefined

/** Finds rows of one group, which are usually in the order of the coordinator's answer. */
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

function offsetsIn(
  found: Map<string, Map<number, UnreadPartition>>,
  { topic, partition }: TopicPartition,
): Set<bigint> {
  const partitions = found.get(topic) ?? new Map<number, UnreadPartition>()
  found.set(topic, partitions)
  const known = partitions.get(partition)
  if (known) return known.offsets
  const offsets = new Set<bigint>()
  partitions.set(partition, { topic, partition, offsets })
  return offsets
}
