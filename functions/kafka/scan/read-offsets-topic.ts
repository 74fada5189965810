import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import type { OffsetsTopic } from '../../core/offsets-topic.ts'
import type { SnapshotHead } from '../../core/snapshot.ts'
import type { Connection } from '../connection/connection.ts'
import { BrokerError } from '../protocol/errors.ts'
import { describeConfigs } from '../protocol/messages/describe-configs.ts'
import { metadata, type TopicMetadata } from '../protocol/messages/metadata.ts'
import { topicRights } from '../requests/authorized-operations.ts'
import { newScan, type Scan } from '../requests/scan.ts'
import { type LogEnds, logEndsOf } from './list-log-offsets.ts'

const CLEANUP_POLICY = 'cleanup.policy'

/**
 * The current state of `__consumer_offsets`: its metadata, its log starts, and its cleanup.policy if visible. A missing
 * value is no problem here: `doctor` says which right is missing.
 * @param topic undefined if the topic is not visible
 * @param before from the last snapshot
 * @param read the findings of this run in the log: the number of partitions over which brokers distribute groups, and
 *   the log starts
 */
export async function readOffsetsTopic(
  scan: Scan,
  topic: TopicMetadata | undefined,
  before: OffsetsTopic | null,
  { placedOver, ends }: { placedOver?: number | undefined; ends?: LogEnds | undefined },
): Promise<OffsetsTopic | undefined> {
  if (topic === undefined || topicRights(topic).exists !== true || topic.partitions.length === 0)
    return undefined
  const [logs, cleanupPolicy] = await Promise.all([
    ends ?? logEndsOf(scan, topic),
    cleanupPolicyOf(scan.connection, topic),
  ])
  const known = sameTopic(topic, before)
  const found = placedOver ?? observedPlacement(topic, known)
  const isRaised = found !== topic.partitions.length
  return {
    id: topic.id,
    partitions: topic.partitions.length,
    placedOver: found,
    cleanupPolicy,
    replicas: Math.min(...topic.partitions.map(({ replicas }) => replicas)),
    logs: topic.partitions.map(({ partition, leaderEpoch }) => {
      const last = known?.logs.find(log => log.partition === partition)
      return {
        partition,
        start: startOf(logs, partition) ?? last?.start ?? 0,
        leaderEpoch: isRaised ? (last?.leaderEpoch ?? leaderEpoch) : leaderEpoch,
      }
    }),
  }
}

/** Like `readOffsetsTopic`, but for `doctor`, which reads no records and uses the newest snapshot's findings. */
export async function examineOffsetsTopic(
  connection: Connection,
  head: Pick<SnapshotHead, 'mode' | 'offsetsTopic'> | undefined,
): Promise<OffsetsTopic | undefined> {
  const request = { topics: [CONSUMER_OFFSETS], includeOperations: true }
  const [topic] = (await connection.sendToAny(metadata, request)).topics
  const before = head?.offsetsTopic ?? null
  const isKnown = head?.mode === 'exact' && before !== null && before.id === topic?.id
  return readOffsetsTopic(newScan(connection, {}), topic, before, {
    placedOver: isKnown ? before.placedOver : undefined,
  })
}

const startOf = (ends: LogEnds, partition: number): number | undefined => {
  const start = ends.get(partition)?.start
  return start === undefined ? undefined : Number(start)
}

const sameTopic = ({ id }: TopicMetadata, before: OffsetsTopic | null): OffsetsTopic | null =>
  before !== null && before.id === id ? before : null

/**
 * The number of partitions over which brokers distribute groups, without reading records. The previous number holds
 * until all partitions of that number have a new leader epoch, as after a restart of the brokers.
 */
function observedPlacement({ partitions }: TopicMetadata, before: OffsetsTopic | null): number {
  if (before === null || before.placedOver >= partitions.length) return partitions.length
  const epochs = new Map(partitions.map(({ partition, leaderEpoch }) => [partition, leaderEpoch]))
  const haveNewLeaders = before.logs
    .filter(({ partition }) => partition < before.placedOver)
    .every(({ partition, leaderEpoch }) => (epochs.get(partition) ?? -1) > leaderEpoch)
  return haveNewLeaders ? partitions.length : before.placedOver
}

/**
 * The topic's cleanup.policy; null if it cannot be read. An error is no problem, since nothing else depends on this
 * value.
 */
async function cleanupPolicyOf(connection: Connection, topic: TopicMetadata): Promise<string | null> {
  if (topicRights(topic).describeConfigs === false) return null
  try {
    const request = { resources: [{ topic: CONSUMER_OFFSETS }], names: [CLEANUP_POLICY] }
    const [described] = await connection.sendToAny(describeConfigs, request)
    return described?.error === 0 ? (described.configs.get(CLEANUP_POLICY) ?? null) : null
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return null
  }
}
