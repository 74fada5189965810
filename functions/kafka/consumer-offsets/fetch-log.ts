import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import type { Connection } from '../connection/connection.ts'
import {
  LEADER_NOT_AVAILABLE,
  OFFSET_OUT_OF_RANGE,
  REQUEST_TIMED_OUT,
  UNKNOWN_TOPIC_OR_PARTITION,
} from '../protocol/error-codes.ts'
import { BrokerError, problemCode } from '../protocol/errors.ts'
import { type Fetched, fetch } from '../protocol/messages/fetch.ts'
import { metadata, type TopicMetadata } from '../protocol/messages/metadata.ts'
import { isSilence, newScan, retryUntilSettled } from '../requests/scan.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Limits of one run. The run ends after the answers that are in flight when a limit is reached. */
export interface Budget {
  ms: number
  bytes: number
}

/** Why reading a partition stopped: Kafka's error code, or the failure of its leader. */
export type FetchError = number | BrokerError

/** Two requests in flight to each leader, so that the broker prepares one answer while the other is read. */
const LANES = 2
const MAX_BYTES = 4 * 1024 * 1024
const MAX_BYTES_PER_PARTITION = 1024 * 1024
/** ms */
const MAX_WAIT = 100
/** Limit of consecutive empty answers for a partition that has data. Beyond it, the leader counts as timed out. */
const MOST_STARVED = 20

/**
 * Reads partitions of `__consumer_offsets` from their leaders, all at once, until all are read or the budget is used
 * up. If a leader moves, the new leader is looked up for some seconds.
 * @returns the partitions that could not be read to the end, with the reason
 */
export async function fetchLog(
  connection: Connection,
  topic: TopicMetadata,
  readers: readonly PartitionReader[],
  options: { budget: Budget; signal?: AbortSignal | undefined; progress: () => void },
): Promise<Map<PartitionReader, FetchError>> {
  const { budget, signal, progress } = options
  const end = performance.now() + budget.ms
  let bytes = 0
  const isUsedUp = () => bytes >= budget.bytes || performance.now() >= end

  const refusals = new Map<PartitionReader, FetchError>()
  let leaders: Map<number, number> | undefined = leadersOf(topic)

  async function readFrom(leader: number, queue: PartitionReader[], atOnce: number): Promise<void> {
    while (queue.length > 0 && !isUsedUp()) {
      signal?.throwIfAborted()
      const asked = queue.splice(0, atOnce)
      const answer = await ask(connection, leader, asked)
      if (answer instanceof BrokerError) {
        for (const reader of [...asked, ...queue.splice(0)]) refusals.set(reader, answer)
        return
      }

      // A client over its quota gets an answer without partitions. The broker then reads nothing from the client's
      // connection for the throttle time. Kafka: KIP-219.
      if (answer.length === 0) {
        queue.push(...asked)
        continue
      }

      const fetched = new Map(answer.map(found => [found.partition, found]))
      const starved: PartitionReader[] = []
      const served: PartitionReader[] = []
      for (const reader of asked) {
        const answered = fetched.get(reader.partition)
        const refusal = take(reader, answered, reader === asked[0])
        bytes += answered?.records.length ?? 0
        if (refusal !== 0) refusals.set(reader, refusal)
        else if (reader.next) (answered?.records.length ? served : starved).push(reader)
      }
      // The broker fills its answer in the order of the request, so partitions that got nothing come first next time.
      queue.push(...starved, ...served)
      progress()
    }
  }

  await retryUntilSettled(newScan(connection, { signal }), readers, async open => {
    const known = leaders ?? leadersOf(await describe(connection))
    leaders = undefined
    for (const reader of open) refusals.delete(reader)

    const byLeader = Map.groupBy(
      open.filter(({ next }) => next),
      ({ partition }) => known.get(partition) ?? -1,
    )
    await Promise.all(
      [...byLeader].map(async ([leader, readers]) => {
        if (leader < 0) {
          for (const reader of readers) refusals.set(reader, LEADER_NOT_AVAILABLE)
          return
        }
        const lanes = Array.from({ length: LANES }, () =>
          readFrom(leader, readers, Math.ceil(readers.length / LANES)),
        )
        await Promise.all(lanes)
      }),
    )
    if (isUsedUp()) return []
    return [...refusals].filter(([, refusal]) => isRetriable(refusal)).map(([reader]) => reader)
  })
  return refusals
}

/** @throws BrokerError */
export async function describe(connection: Connection): Promise<TopicMetadata | undefined> {
  const answer = await connection.sendToAny(metadata, { topics: [CONSUMER_OFFSETS], includeOperations: true })
  return answer.topics[0]
}

export const leadersOf = (topic: TopicMetadata | undefined): Map<number, number> =>
  new Map(topic?.partitions.map(({ partition, leader }) => [partition, leader]))

async function ask(
  connection: Connection,
  leader: number,
  readers: readonly PartitionReader[],
): Promise<Fetched[] | BrokerError> {
  const request = {
    topic: CONSUMER_OFFSETS,
    partitions: readers.flatMap(({ next }) => next ?? []),
    maxBytes: MAX_BYTES,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxWait: MAX_WAIT,
  }
  try {
    return await connection.send(leader, fetch, request)
  } catch (error) {
    if (error instanceof BrokerError) return error
    throw error
  }
}

/** @returns Kafka's error code, 0 for none */
function take(reader: PartitionReader, fetched: Fetched | undefined, isFirst: boolean): number {
  if (fetched === undefined) return UNKNOWN_TOPIC_OR_PARTITION
  if (fetched.error === OFFSET_OUT_OF_RANGE && reader.startOver()) return 0
  if (fetched.error !== 0) return fetched.error

  reader.read(fetched, isFirst)
  return reader.starved > MOST_STARVED ? REQUEST_TIMED_OUT : 0
}

function isRetriable(refusal: FetchError): boolean {
  if (refusal instanceof BrokerError) return isSilence(refusal)
  return refusal === UNKNOWN_TOPIC_OR_PARTITION || problemCode(refusal) === 'leaderless'
}
