import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import type { Connection } from '../connection/connection.ts'
import { GROUP_AUTHORIZATION_FAILED } from '../protocol/error-codes.ts'
import { describeGroups } from '../protocol/messages/describe-groups.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import {
  type ClusterRights,
  clusterRights,
  type Right,
  type TopicRights,
  topicRights,
} from '../requests/authorized-operations.ts'
import { askCoordinators, coordinatesUnseen, locate } from '../requests/coordinators.ts'
import { newScan, retryUntilSettled, type Scan, type ScanOptions } from '../requests/scan.ts'

export interface Rights {
  cluster: ClusterRights
  /** READ on `__consumer_offsets` gives exact commit times. */
  consumerOffsets: TopicRights
  topics: Map<string, TopicRights>
  /** DESCRIBE on each of the given groups. */
  groups: Map<string, Right>
}

export interface RightsOptions extends ScanOptions {
  topics?: readonly string[]
  groups?: readonly string[]
}

/**
 * The rights of the connection's principal, as the brokers report them: the authorized operations of Metadata (Kafka
 * 2.3 and later), and whether the coordinators answer DescribeGroups.
 * @throws BrokerError if no broker answers
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
