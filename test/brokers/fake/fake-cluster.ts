import { randomBytes } from 'node:crypto'
import { groupPartition } from '../../../functions/core/group-partition.ts'
import { batch, type RecordToWrite } from '../../kafka/consumer-offsets/batches.ts'
import { commit as commitRecord, groupTombstone, tombstone } from '../../kafka/consumer-offsets/records.ts'

/** How a service differs from Apache Kafka. */
export interface Shape {
  clusterId: string
  /**
   * `hidden`: TOPIC_AUTHORIZATION_FAILED, as without DESCRIBE. `absent`: UNKNOWN_TOPIC_OR_PARTITION, and the topic is
   * never created.
   */
  consumerOffsets: 'readable' | 'hidden' | 'absent'
  /** The partition of `__consumer_offsets` that holds a group. */
  placement(group: string, partitions: number): number
  /** OffsetFetch's answer for an unknown group. */
  unknownGroup: 'no offset' | 'GROUP_ID_NOT_FOUND'
  topicIds: boolean
  /** DescribeConfigs's answer for a broker. */
  configs: Record<string, string>
  /** API keys of the requests at which the service closes the connection. */
  breaksOver: readonly number[]
  /** `live`: ListGroups and DescribeGroups include a group only while it has members. */
  lists: 'all' | 'live'
  /** Supported versions by API key, in place of the fake's own. */
  versions: Record<number, readonly [min: number, max: number]>
}

export const asKafka: Shape = {
  clusterId: 'fake-cluster',
  consumerOffsets: 'readable',
  placement: groupPartition,
  unknownGroup: 'no offset',
  topicIds: true,
  configs: { 'offsets.retention.minutes': '1', 'offsets.retention.check.interval.ms': '1000' },
  breaksOver: [],
  lists: 'all',
  versions: {},
}

export interface FakePartition {
  start: number
  /** The time of each record, by its offset; ms since the epoch. */
  times: number[]
}

interface FakeTopic {
  id: Buffer
  partitions: FakePartition[]
}

interface FakeOffset {
  topic: string
  partition: number
  offset: bigint
  leaderEpoch: number
  metadata: string
}

interface FakeGroup {
  hasMembers: boolean
  /** By `topic partition`. */
  offsets: Map<string, FakeOffset>
}

const OFFSETS_PARTITIONS = 16

/** Topics and groups, and the records that a coordinator writes about them to `__consumer_offsets`. */
export class FakeCluster {
  readonly shape: Shape
  readonly topics = new Map<string, FakeTopic>()
  readonly groups = new Map<string, FakeGroup>()
  /** The batches of each partition of `__consumer_offsets`, one record each. */
  readonly log: Buffer[][] = Array.from({ length: OFFSETS_PARTITIONS }, () => [])

  constructor(shape: Shape) {
    this.shape = shape
  }

  createTopic(name: string, partitions = 1): void {
    const empty = (): FakePartition => ({ start: 0, times: [] })
    this.topics.set(name, { id: randomBytes(16), partitions: Array.from({ length: partitions }, empty) })
  }

  /** Deletes a topic, and the offsets that groups have in it, as Kafka does. */
  deleteTopic(name: string): void {
    this.topics.delete(name)
    for (const [group, { offsets }] of this.groups) {
      for (const { topic, partition } of offsets.values()) {
        if (topic === name) this.deleteOffset(group, topic, partition)
      }
    }
  }

  /** @param at ms since the epoch */
  produce(topic: string, records: number, { partition = 0, at = Date.now() } = {}): void {
    const { times } = this.partition(topic, partition)
    for (let i = 0; i < records; i++) times.push(at)
  }

  /** Deletes the records before an offset, as the retention of the topic does. */
  deleteRecords(topic: string, before: number, partition = 0): void {
    this.partition(topic, partition).start = before
  }

  commit(
    group: string,
    topic: string,
    offset: number | bigint,
    { partition = 0, leaderEpoch = 0, metadata = '' } = {},
  ): void {
    const found = this.groups.get(group) ?? { hasMembers: false, offsets: new Map() }
    this.groups.set(group, found)
    const committed = { topic, partition, offset: BigInt(offset), leaderEpoch, metadata }
    found.offsets.set(`${topic} ${partition}`, committed)
    this.#write(group, commitRecord({ group, ...committed, committedAt: Date.now() }))
  }

  /** Deletes an offset as a sweep, OffsetDelete and DeleteTopics do. A group without offsets is deleted. */
  deleteOffset(group: string, topic: string, partition = 0): void {
    const found = this.groups.get(group)
    if (!found?.offsets.delete(`${topic} ${partition}`)) throw new Error(`${group} has no such offset`)
    this.#write(group, tombstone({ group, topic, partition }))
    if (found.offsets.size > 0 || found.hasMembers) return
    this.groups.delete(group)
    this.#write(group, groupTombstone(group))
  }

  deleteGroup(group: string): void {
    for (const { topic, partition } of this.groups.get(group)?.offsets.values() ?? []) {
      this.deleteOffset(group, topic, partition)
    }
  }

  /** Members join or leave. */
  occupy(group: string, hasMembers: boolean): void {
    const found = this.groups.get(group) ?? { hasMembers, offsets: new Map() }
    found.hasMembers = hasMembers
    this.groups.set(group, found)
  }

  partition(topic: string, partition: number): FakePartition {
    const found = this.topics.get(topic)?.partitions[partition]
    if (found === undefined) throw new Error(`there is no ${topic}-${partition}`)
    return found
  }

  #write(group: string, record: RecordToWrite): void {
    const batches = this.log[this.shape.placement(group, OFFSETS_PARTITIONS)]
    const now = Date.now()
    batches?.push(
      batch({ records: [record], baseOffset: batches.length, baseTimestamp: now, maxTimestamp: now }),
    )
  }
}
