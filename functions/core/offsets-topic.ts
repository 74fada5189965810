import { quotedName } from '../text/quoted-name.ts'
import type { CommitTable } from './columns/commit-table.ts'
import { NULL_INT64 } from './columns/schema.ts'
import { groupPartition } from './group-partition.ts'
import type { Problem } from './model/commit.ts'
import { CONSUMER_OFFSETS } from './model/topic-partition.ts'

/** `__consumer_offsets` as one run found it. */
export interface OffsetsTopic {
  /** Another id means another topic. Null if the broker is too old to tell. */
  id: string | null
  /** The number of partitions that the cluster reports. */
  partitions: number
  /** The number of partitions by which brokers place groups. A broker reads the number when it starts, and keeps it. */
  placedOver: number
  /** Null if this config may not be read. */
  cleanupPolicy: string | null
  /** The smallest number of replicas of any partition. */
  replicas: number
  /**
   * Log start and leader epoch of each partition, as last read. While `placedOver` differs from `partitions`,
   * `leaderEpoch` stays as it was before the increase.
   */
  logs: { partition: number; start: number; leaderEpoch: number }[]
}

const scope = { topic: CONSUMER_OFFSETS }
const NAMED = 3
const NEXT_RESTART = 'The next restart of the coordinator'

/** True if the topic was deleted and recreated, which deletes all offsets. */
export const isAnotherTopic = (now: OffsetsTopic, before: OffsetsTopic | null): boolean =>
  before !== null && now.id !== null && before.id !== null && now.id !== before.id

/** True if brokers will look for the group in another partition after their next restart, and find no offsets. */
export const isMoving = (group: string, { partitions, placedOver }: OffsetsTopic): boolean =>
  partitions !== placedOver && groupPartition(group, placedOver) !== groupPartition(group, partitions)

export const isCompacted = ({ cleanupPolicy }: OffsetsTopic): boolean =>
  cleanupPolicy === null || cleanupPolicy === 'compact'

/**
 * The faults of `__consumer_offsets`, with the groups that lose their offsets at their broker's next restart.
 * @param before from the last snapshot
 */
export function offsetsTopicProblems(
  now: OffsetsTopic,
  before: OffsetsTopic | null,
  commits: CommitTable,
): Problem[] {
  const sentences: string[] = []
  if (isAnotherTopic(now, before)) {
    sentences.push(
      `The topic ${CONSUMER_OFFSETS} was deleted and recreated since the last snapshot, without its offsets. \`restore\` puts them back.`,
    )
  }
  const moved = isAnotherTopic(now, before) ? [] : movedStarts(now, before)
  const lost = now.logs.some(({ start }) => start > 0) ? withoutRecords(now, moved, commits) : none

  if (!isCompacted(now)) {
    sentences.push(
      `The topic ${CONSUMER_OFFSETS} has cleanup.policy=${now.cleanupPolicy}, so Kafka deletes the records of committed offsets. ${lossAt(NEXT_RESTART, lost)} Set cleanup.policy=compact on the topic.`,
    )
  } else if (moved.length > 0 || lost.groups.length > 0) {
    sentences.push(
      `Records at the start of ${describePartitions(moved)}${CONSUMER_OFFSETS} were deleted, which compaction never does. ${lossAt(NEXT_RESTART, lost)} Check the earlier cleanup.policy of the topic, and find the process that deletes records.`,
    )
  }
  if (now.partitions !== now.placedOver) {
    sentences.push(
      `The number of partitions of ${CONSUMER_OFFSETS} was raised from ${now.placedOver} to ${now.partitions}. Brokers use ${now.placedOver} until they restart, and then look for some groups in another partition. ${lossAt('That restart', { groups: movingGroups(now, commits), isExact: true })} Take a snapshot before the restart, and restore the offsets after it.`,
    )
  }
  return sentences.map(message => ({ scope, code: 'offsets-topic', message }))
}

/**
 * The topic as the next run should see it: `placedOver` becomes the new number once brokers have restarted. A group
 * shows the restart if it has lost its offsets to the increase, or if it commits to its new partition. A group with a
 * record in its old partition rules the restart out.
 * @param isInNewPartition true if a commit of the group was found in its new partition
 */
export function afterRestart(
  topic: OffsetsTopic,
  commits: CommitTable,
  readingAt: number,
  isInNewPartition: (group: string) => boolean,
): OffsetsTopic {
  if (topic.partitions === topic.placedOver) return topic
  let hasRestarted = false
  for (const { group, gone, runningFrom, logged } of commits) {
    if (!isMoving(group, topic)) continue
    if (gone) hasRestarted ||= gone.reason === 'offsets-topic' && runningFrom === readingAt
    else if (isInNewPartition(group)) hasRestarted = true
    else if (logged !== null) return topic
  }
  return hasRestarted ? { ...topic, placedOver: topic.partitions } : topic
}

/** Partitions whose log start has moved since the last snapshot. */
function movedStarts({ logs }: OffsetsTopic, before: OffsetsTopic | null): number[] {
  if (before === null) return []
  const starts = new Map(before.logs.map(({ partition, start }) => [partition, start]))
  return logs.flatMap(({ partition, start }) =>
    start > (starts.get(partition) ?? Infinity) ? [partition] : [],
  )
}

interface Victims {
  groups: string[]
  /** False if the positions of the records are unknown. Then these groups may, or may not, lose their offsets. */
  isExact: boolean
}
const none: Victims = { groups: [], isExact: true }

/** Groups that have an offset whose record is, or may be, below the log start. */
function withoutRecords(
  topic: OffsetsTopic,
  moved: readonly number[],
  { columns, length }: CommitTable,
): Victims {
  const starts = new Map(topic.logs.map(({ partition, start }) => [partition, start]))
  const groups = new Set<string>()
  let isExact = true
  for (let row = 0; row < length; row++) {
    const group = columns.group_id.get(row)
    if (group === null || columns.gone_reason.get(row) !== null) continue
    const home = groupPartition(group, topic.placedOver)
    const start = starts.get(home) ?? 0
    const logOffset = columns.logged_position[row] ?? NULL_INT64
    if (logOffset !== NULL_INT64) {
      if (logOffset < start) groups.add(group)
    } else if (start > 0 && (moved.includes(home) || !isCompacted(topic))) {
      groups.add(group)
      isExact = false
    }
  }
  return { groups: [...groups], isExact }
}

function movingGroups(topic: OffsetsTopic, { columns, length }: CommitTable): string[] {
  const groups = new Set<string>()
  for (let row = 0; row < length; row++) {
    const group = columns.group_id.get(row)
    if (group !== null && columns.gone_reason.get(row) === null && isMoving(group, topic)) groups.add(group)
  }
  return [...groups]
}

/** A sentence about the groups that lose their offsets at a restart. */
function lossAt(restart: string, { groups, isExact }: Victims): string {
  if (groups.length === 0) return `${restart} may lose offsets, but no known group is affected yet.`
  const names = groups.slice(0, NAMED).map(quotedName).join(', ')
  const more = groups.length > NAMED ? ` and ${groups.length - NAMED} more` : ''
  const many = groups.length === 1 ? 'group' : `${groups.length} groups:`
  return isExact
    ? `${restart} loses the offsets of ${many} ${names}${more}.`
    : `${restart} loses the offsets of at most ${many} ${names}${more}, unless they have committed since then.`
}

function describePartitions(partitions: readonly number[]): string {
  if (partitions.length === 0) return ''
  const more = partitions.length > 5 ? ` and ${partitions.length - 5} more` : ''
  return `partition${partitions.length === 1 ? '' : 's'} ${partitions.slice(0, 5).join(', ')}${more} of `
}
