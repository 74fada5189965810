import { keyOf, type TopicPartition } from '../../core/model/topic-partition.ts'
import { LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION } from '../protocol/error-codes.ts'
import { problemCode } from '../protocol/errors.ts'
import { EARLIEST, LATEST, listOffsets } from '../protocol/messages/list-offsets.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import { atMost, chunks } from '../requests/in-parts.ts'
import { orProblem, retryUntilSettled, type Scan } from '../requests/scan.ts'
import { type FoundTopic, findTopics } from './find-topics.ts'
import { byTopic } from './known-groups.ts'

const PARTITIONS_PER_REQUEST = 2000
const PIPELINE = 8

/** Start and end of each partition of a topic whose leader has answered. */
export type LogEnds = ReadonlyMap<number, { start: bigint; end: bigint }>

interface RefusedPartition extends TopicPartition {
  error: number
}

/**
 * Reads the log start and the high watermark of `partitions` from their leaders, into the readings of `topics`. A
 * partition without a leader is retried for some seconds; after that it is a problem, and its log is missing. The log
 * of a partition that no longer exists is missing without a problem.
 */
export async function listLogOffsets(
  scan: Scan,
  topics: Map<string, FoundTopic>,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const leaderOf = ({ topic, partition }: TopicPartition) => topics.get(topic)?.leaders.get(partition)
  const open = partitions.filter(key => leaderOf(key) !== undefined)
  let done = 0

  async function ask(open: readonly TopicPartition[]): Promise<RefusedPartition[]> {
    const byLeader = [...Map.groupBy(open, leaderOf)]
    const refused = await Promise.all(
      byLeader.map(async ([leader, keys]) => {
        if (leader === undefined || scan.silent.has(leader)) return []
        if (leader < 0) return keys.map(key => ({ ...key, error: LEADER_NOT_AVAILABLE }))
        const parts = await atMost(PIPELINE, chunks(keys, PARTITIONS_PER_REQUEST), async part => {
          const refused = await askLeader(scan, leader, part, topics)
          done += part.length - refused.length
          scan.progress('logs', done, partitions.length)
          return refused
        })
        return parts.flat()
      }),
    )
    return refused.flat()
  }

  let isFirst = true
  const left = await retryUntilSettled<TopicPartition | RefusedPartition>(scan, open, async again => {
    if (!isFirst) await moveLeaders(scan, topics, again)
    isFirst = false

    const refused = await ask(again)
    const [passing, lasting] = [refused.filter(isRetriable), refused.filter(key => !isRetriable(key))]
    // A topic that was deleted meanwhile has no log, which is no problem to report.
    for (const key of lasting) if (key.error !== UNKNOWN_TOPIC_OR_PARTITION) scan.problems.log(key, key.error)
    return passing
  })
  for (const key of left) scan.problems.log(key, 'error' in key ? key.error : LEADER_NOT_AVAILABLE)
}

const isRetriable = ({ error }: RefusedPartition) => problemCode(error) === 'leaderless'

async function moveLeaders(
  scan: Scan,
  topics: Map<string, FoundTopic>,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const found = await findTopics(scan, new Set(partitions.map(({ topic }) => topic)))
  for (const [topic, { leaders }] of found) {
    const known = topics.get(topic)
    if (known) known.leaders = leaders
  }
}

async function askLeader(
  scan: Scan,
  leader: number,
  partitions: readonly TopicPartition[],
  topics: Map<string, FoundTopic>,
): Promise<RefusedPartition[]> {
  const ask = async (timestamp: bigint) => {
    const request = {
      topics: byTopic(partitions).map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(partition => ({ partition, timestamp })),
      })),
    }
    const answers = await scan.connection.send(leader, listOffsets, request)
    return answers.flatMap(({ topic, partitions }) => partitions.map(listed => ({ topic, ...listed })))
  }

  // A request may name a partition only once, so there are two requests.
  const answers = await orProblem(scan, Promise.all([ask(EARLIEST), ask(LATEST)]))
  if (answers === undefined) return []

  const [starts, ends] = answers
  const startOf = new Map(starts.map(start => [keyOf(start), start]))
  const endOf = new Map(ends.map(end => [keyOf(end), end]))
  const refused: RefusedPartition[] = []
  for (const { topic, partition } of partitions) {
    const key = keyOf({ topic, partition })
    const [start, end] = [startOf.get(key), endOf.get(key)]
    const error = (start?.error ?? LEADER_NOT_AVAILABLE) || (end?.error ?? LEADER_NOT_AVAILABLE)
    if (error !== 0) refused.push({ topic, partition, error })
    else if (start && end)
      topics.get(topic)?.reading.log.set(partition, { start: start.offset, end: end.offset })
  }
  return refused
}

/** Start and end of one topic's partitions. */
export async function logEndsOf(scan: Scan, { topic, id, partitions }: TopicMetadata): Promise<LogEnds> {
  const leaders = new Map(partitions.map(({ partition, leader }) => [partition, leader]))
  const found = { reading: { id, deleted: false, log: new Map() }, leaders }
  const keys = partitions.map(({ partition }) => ({ topic, partition }))
  await listLogOffsets(scan, new Map([[topic, found]]), keys)
  return found.reading.log
}
