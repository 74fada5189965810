import type { Connection } from '../connection/connection.ts'
import { describeGroups } from '../protocol/messages/describe-groups.ts'
import { metadata, type TopicMetadata } from '../protocol/messages/metadata.ts'
import { askCoordinators, coordinatesUnseen, locate } from '../requests/coordinators.ts'
import { newScan, retryUntilSettled, type Scan, type ScanOptions } from '../requests/scan.ts'

/** A right: undefined where the broker does not tell. */
export type Right = boolean | undefined

export interface ClusterRights {
  /** DESCRIBE on the cluster: without it a listing leaves out groups and does not say so. */
  describe: Right
  /** DESCRIBE_CONFIGS on the cluster: to read the retention. */
  describeConfigs: Right
}

export interface TopicRights {
  /** Undefined also where the topic may not be seen. */
  exists: Right
  describe: Right
  read: Right
  describeConfigs: Right
}

export interface Rights {
  cluster: ClusterRights
  /** READ on it gives exact commit times. */
  consumerOffsets: TopicRights
  topics: Map<string, TopicRights>
  /** DESCRIBE on each of the groups asked about. */
  groups: Map<string, Right>
}

export interface RightsOptions extends ScanOptions {
  topics?: readonly string[]
  groups?: readonly string[]
}

export const CONSUMER_OFFSETS = '__consumer_offsets'

/** Bits of the authorized operations. Kafka: AclOperation. */
const READ = 1 << 3
const DESCRIBE = 1 << 8
const DESCRIBE_CONFIGS = 1 << 10

const UNKNOWN_TOPIC_OR_PARTITION = 3
const TOPIC_AUTHORIZATION_FAILED = 29
const GROUP_AUTHORIZATION_FAILED = 30

/**
 * What the connection's principal may do, in the broker's own words: the authorized operations of Metadata (Kafka 2.3
 * and later) and DescribeGroups.
 * @throws BrokerError where no broker answers
 */
export async function readRights(connection: Connection, options: RightsOptions = {}): Promise<Rights> {
  const { topics = [], groups = [] } = options
  const scan = newScan(connection, options)
  const request = { topics: [CONSUMER_OFFSETS, ...topics], includeOperations: true }
  const answer = await connection.sendToAny(metadata, request)

  const byTopic = new Map(answer.topics.map(topic => [topic.topic, topicRights(topic)]))
  const consumerOffsets = byTopic.get(CONSUMER_OFFSETS) ?? topicRights(undefined)
  const [group] = groups
  scan.mayFindCoordinators =
    consumerOffsets.exists === true || (group !== undefined && (await coordinatesUnseen(scan, group)))

  return {
    cluster: clusterRights(answer.clusterOperations),
    consumerOffsets,
    topics: new Map(topics.map(topic => [topic, byTopic.get(topic) ?? topicRights(undefined)])),
    groups: await groupRights(scan, groups),
  }
}

/** Without DESCRIBE the broker tells no operation at all, so that nothing is known of the others. */
export function clusterRights(operations: number | null): ClusterRights {
  const describe = may(operations, DESCRIBE)
  return { describe, describeConfigs: describe === false ? undefined : may(operations, DESCRIBE_CONFIGS) }
}

export function topicRights(topic: TopicMetadata | undefined): TopicRights {
  const untold = { read: undefined, describeConfigs: undefined }
  if (topic?.error === 0) {
    const { operations } = topic
    const describeConfigs = may(operations, DESCRIBE_CONFIGS)
    return { exists: true, describe: true, read: may(operations, READ), describeConfigs }
  }
  if (topic?.error === UNKNOWN_TOPIC_OR_PARTITION) return { exists: false, describe: true, ...untold }
  if (topic?.error === TOPIC_AUTHORIZATION_FAILED) return { exists: undefined, describe: false, ...untold }
  return { exists: undefined, describe: undefined, ...untold }
}

async function groupRights(scan: Scan, groups: readonly string[]): Promise<Map<string, Right>> {
  const errors = new Map<string, number>()
  const refused = (group: string, error: number) => void errors.set(group, error)
  await retryUntilSettled(scan, groups, open => locate(scan, open, refused))

  const found = groups.filter(group => scan.coordinators.has(group))
  const answers = await askCoordinators(scan, found, {
    batch: async () => 200,
    ask: (broker, batch) =>
      scan.connection.send(broker, describeGroups, { groups: batch, includeOperations: true }),
    accepts: [GROUP_AUTHORIZATION_FAILED],
  })
  for (const [group, { error }] of answers) errors.set(group, error)

  return new Map(groups.map(group => [group, describes(errors.get(group))]))
}

const describes = (error: number | undefined): Right =>
  error === 0 ? true : error === GROUP_AUTHORIZATION_FAILED ? false : undefined

const may = (operations: number | null, bit: number): Right =>
  operations === null ? undefined : (operations & bit) !== 0
