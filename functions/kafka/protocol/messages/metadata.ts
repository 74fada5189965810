import { message, operations } from '../message.ts'

export interface MetadataRequest {
  /** Null asks for every visible topic, an empty list for none. */
  topics: string[] | null
  /** Asks for the authorized operations, which brokers report from v8 on. */
  includeOperations: boolean
}

export interface Metadata {
  clusterId: string | null
  brokers: { id: number; host: string; port: number }[]
  topics: TopicMetadata[]
  /** Bit field by AclOperation: DESCRIBE is bit 8, DESCRIBE_CONFIGS bit 10. Null if unknown. */
  clusterOperations: number | null
}

export interface TopicMetadata {
  error: number
  topic: string
  /** Null before v10 (Kafka 2.8). */
  id: string | null
  internal: boolean
  partitions: PartitionMetadata[]
  operations: number | null
}

export interface PartitionMetadata {
  error: number
  partition: number
  /** −1 while there is no leader. */
  leader: number
  /** Grows with each election of a leader; −1 before v7 (Kafka 2.1). */
  leaderEpoch: number
  /** Number of replicas, in sync or not. */
  replicas: number
}

/** Metadata (3), v4–v10: v4 can forbid auto-creation, and v11 no longer has the cluster's authorized operations. */
export const metadata = message<MetadataRequest, Metadata>({
  name: 'Metadata',
  key: 3,
  versions: [4, 10],
  flexibleFrom: 9,

  write(w, request, version) {
    w.array(request.topics, topic => {
      if (version >= 10) w.zeroUuid()
      w.string(topic)
      w.tags()
    })
    w.boolean(false) // allow auto topic creation
    if (version >= 8) {
      w.boolean(request.includeOperations)
      w.boolean(request.includeOperations)
    }
  },

  read(r, version) {
    r.int32() // throttle time

    const brokers = r.array(() => {
      const broker = { id: r.int32(), host: r.string(), port: r.int32() }
      r.nullableString() // rack
      r.tags()
      return broker
    })
    const clusterId = r.nullableString()
    r.int32() // controller id

    const topics = r.array((): TopicMetadata => {
      const topic = {
        error: r.int16(),
        topic: r.string(),
        id: version >= 10 ? r.uuid() : null,
        internal: r.boolean(),
        partitions: r.array(readPartition),
        operations: version >= 8 ? operations(r) : null,
      }
      r.tags()
      return topic
    })

    function readPartition(): PartitionMetadata {
      const partition = {
        error: r.int16(),
        partition: r.int32(),
        leader: r.int32(),
        leaderEpoch: version >= 7 ? r.int32() : -1,
        replicas: r.array(() => r.int32()).length,
      }
      r.array(() => r.int32()) // in-sync replicas
      if (version >= 5) r.array(() => r.int32()) // offline replicas
      r.tags()
      return partition
    }

    return { clusterId, brokers, topics, clusterOperations: version >= 8 ? operations(r) : null }
  },
})
