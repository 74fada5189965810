import { Failure } from '../../core/model/failure.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import { NotAnswering } from '../../core/recovery/current-group.ts'
import type { Connection } from '../connection/connection.ts'
import { BrokerError, errorName } from '../protocol/errors.ts'
import { LATEST, listOffsets } from '../protocol/messages/list-offsets.ts'
import { newScan, type ScanOptions } from '../requests/scan.ts'
import { findTopics } from './find-topics.ts'
import { byTopic } from './known-groups.ts'

/** The partitions of a topic; undefined if the topic does not exist or is not visible. */
export async function partitionsOf(
  connection: Connection,
  topic: string,
  options: ScanOptions = {},
): Promise<number[] | undefined> {
  const found = (await findTopics(newScan(connection, options), [topic])).get(topic)
  return found && !found.reading.deleted ? [...found.leaders.keys()] : undefined
}

/**
 * For each partition, the offset of the first record that is not older than `time` (ms since the epoch), or the log's
 * end if all records are older. Partitions that do not exist are missing from the result.
 * @throws NotAnswering if a partition's leader does not answer now
 */
export async function offsetsAt(
  connection: Connection,
  time: number,
  partitions: readonly TopicPartition[],
  options: ScanOptions = {},
): Promise<(TopicPartition & { offset: bigint })[]> {
  const topics = await findTopics(newScan(connection, options), new Set(partitions.map(({ topic }) => topic)))
  const leaderOf = ({ topic, partition }: TopicPartition) => topics.get(topic)?.leaders.get(partition)
  const there = partitions.filter(partition => leaderOf(partition) !== undefined)

  const answers = await Promise.all(
    [...Map.groupBy(there, leaderOf)].map(async ([leader = -1, keys]) => {
      const found = await list(connection, leader, keys, BigInt(time))
      const beyond = found.filter(({ offset }) => offset < 0n)
      const ends = beyond.length > 0 ? await list(connection, leader, beyond, LATEST) : []
      return [...found.filter(({ offset }) => offset >= 0n), ...ends]
    }),
  )
  return answers.flat()
}

async function list(
  connection: Connection,
  leader: number,
  partitions: readonly TopicPartition[],
  timestamp: bigint,
): Promise<(TopicPartition & { offset: bigint })[]> {
  const request = {
    topics: byTopic(partitions).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(partition => ({ partition, timestamp })),
    })),
  }
  const answers = await connection.send(leader, listOffsets, request).catch((error: unknown) => {
    if (!(error instanceof BrokerError)) throw error
    throw new NotAnswering(`cannot read the logs now: ${error.message}`, { cause: error })
  })

  return answers.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, error, offset }) => {
      if (error === 0) return { topic, partition, offset }
      throw new Failure(
        `cannot find the offset by time in partition ${partition} of topic ${JSON.stringify(topic)} (${errorName(error)}): try again, or choose other partitions.`,
        { inputs: ['topic', 'partition'] },
      )
    }),
  )
}
