import { EARLIEST, LATEST } from '../../../functions/kafka/protocol/messages/list-offsets.ts'
import type { FakeCluster } from './fake-cluster.ts'

const CONSUMER_OFFSETS = '__consumer_offsets'

export interface Log {
  start: number
  times: readonly number[]
}

export function logOf({ log, topics }: FakeCluster, topic: string, partition: number): Log | undefined {
  if (topic !== CONSUMER_OFFSETS) return topics.get(topic)?.partitions[partition]
  const batches = log[partition]
  return batches && { start: 0, times: batches.map(() => 0) }
}

export function offsetAt({ start, times }: Log, timestamp: bigint): number {
  if (timestamp === EARLIEST) return start
  if (timestamp === LATEST) return times.length
  return times.findIndex((time, offset) => offset >= start && time >= timestamp)
}
