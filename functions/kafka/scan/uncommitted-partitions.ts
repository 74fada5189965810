import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { keyOf, type TopicPartition, type TopicPartitions } from '../../core/model/topic-partition.ts'
import type { GroupReading } from '../../core/reading.ts'
import { Problems } from '../requests/problems.ts'
import type { Scan } from '../requests/scan.ts'
import type { GroupDescription } from './describe-groups.ts'
import { type FoundTopic, findTopics } from './find-topics.ts'
import { listLogOffsets } from './list-log-offsets.ts'

/**
 * For each group with a known assignment: the partitions that its members own, that have records, and in which the
 * group has no offset. Topics that are not visible are left out, since their offsets are not visible, either.
 * @param topics topics that were read before; their logs are not read again
 */
export async function uncommittedPartitions(
  scan: Scan,
  groups: ReadonlyMap<string, GroupReading>,
  descriptions: ReadonlyMap<string, Pick<GroupDescription, 'assigned'>>,
  offsets: CommittedOffsets,
  topics: ReadonlyMap<string, FoundTopic>,
): Promise<Map<string, TopicPartition[]>> {
  const lacking = new Map<string, TopicPartition[]>()
  for (const [group, reading] of groups) {
    const assigned = descriptions.get(group)?.assigned
    if (assigned) lacking.set(group, withoutOffset(assigned, reading, offsets))
  }
  const partitions = new Map([...lacking.values()].flat().map(key => [keyOf(key), key]))
  if (partitions.size === 0) return lacking

  // A failure here costs nothing else in the snapshot, so it is no problem.
  const silently = { ...scan, problems: new Problems() }
  const found = await findTopics(silently, new Set([...partitions.values()].map(({ topic }) => topic)))
  for (const [topic, { reading }] of found) {
    for (const [partition, log] of topics.get(topic)?.reading.log ?? []) reading.log.set(partition, log)
  }
  const logOf = ({ topic, partition }: TopicPartition) => found.get(topic)?.reading.log.get(partition)
  await listLogOffsets(
    silently,
    found,
    [...partitions.values()].filter(key => logOf(key) === undefined),
  )

  const hasRecords = (key: TopicPartition) => {
    const log = logOf(key)
    return log !== undefined && log.end > log.start
  }
  return new Map([...lacking].map(([group, keys]) => [group, keys.filter(hasRecords)]))
}

/** An offset that was known before and is gone, or that could not be read, does not count as never committed. */
function withoutOffset(
  assigned: readonly TopicPartitions[],
  { from, to, absent, unreadable }: GroupReading,
  { topic, partition }: CommittedOffsets,
): TopicPartition[] {
  const committed = new Map<string, Set<number>>()
  const add = (name: string, index: number) => {
    const partitions = committed.get(name)
    if (partitions) partitions.add(index)
    else committed.set(name, new Set([index]))
  }
  for (let i = from; i < to; i++) add(topic[i] ?? '', partition[i] ?? 0)
  for (const key of [...absent, ...unreadable]) add(key.topic, key.partition)

  return assigned.flatMap(({ topic, partitions }) =>
    partitions
      .filter(partition => !committed.get(topic)?.has(partition))
      .map(partition => ({ topic, partition })),
  )
}
