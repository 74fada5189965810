import { TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION } from '../protocol/error-codes.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'

/** A right; undefined if unknown. */
export type Right = boolean | undefined

export interface ClusterRights {
  /** DESCRIBE on the cluster: without it a listing leaves out groups without saying so. */
  describe: Right
  /** DESCRIBE_CONFIGS on the cluster: to read the retention. */
  describeConfigs: Right
}

export interface TopicRights {
  /** Undefined if the topic is not visible. */
  exists: Right
  describe: Right
  read: Right
  describeConfigs: Right
}

/** Bits of the authorized operations. Kafka: AclOperation. */
const READ = 1 << 3
const DESCRIBE = 1 << 8
const DESCRIBE_CONFIGS = 1 << 10

/** Without DESCRIBE on the cluster the broker reports no operation at all, so the other rights stay unknown. */
export function clusterRights(operations: number | null): ClusterRights {
  const describe = may(operations, DESCRIBE)
  return { describe, describeConfigs: describe === false ? undefined : may(operations, DESCRIBE_CONFIGS) }
}

export function topicRights(topic: TopicMetadata | undefined): TopicRights {
  const notReported = { read: undefined, describeConfigs: undefined }
  if (topic?.error === 0) {
    const { operations } = topic
    const describeConfigs = may(operations, DESCRIBE_CONFIGS)
    return { exists: true, describe: true, read: may(operations, READ), describeConfigs }
  }
  if (topic?.error === UNKNOWN_TOPIC_OR_PARTITION) return { exists: false, describe: true, ...notReported }
  if (topic?.error === TOPIC_AUTHORIZATION_FAILED)
    return { exists: undefined, describe: false, ...notReported }
  return { exists: undefined, describe: undefined, ...notReported }
}

const may = (operations: number | null, bit: number): Right =>
  operations === null ? undefined : (operations & bit) !== 0
