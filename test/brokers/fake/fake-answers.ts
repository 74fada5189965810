import { describeConfigs } from '../../../functions/kafka/protocol/messages/describe-configs.ts'
import { describeGroups } from '../../../functions/kafka/protocol/messages/describe-groups.ts'
import { fetch } from '../../../functions/kafka/protocol/messages/fetch.ts'
import { findCoordinator } from '../../../functions/kafka/protocol/messages/find-coordinator.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { listOffsets } from '../../../functions/kafka/protocol/messages/list-offsets.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { offsetCommit } from '../../../functions/kafka/protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import type { Reader } from '../../../functions/kafka/protocol/reader.ts'
import type { Writer } from '../../../functions/kafka/protocol/writer.ts'
import type { FakeCluster } from './fake-cluster.ts'
import { logOf, offsetAt } from './fake-log.ts'

interface Call {
  r: Reader
  w: Writer
  version: number
  cluster: FakeCluster
  port: number
}

/** A broker's answer to each request: `common/message/*.json` of Kafka, from the broker's side. */
interface Api {
  versions: readonly [min: number, max: number]
  flexibleFrom: number
  answer(call: Call): void
}

const NODE = 1
const HOST = '127.0.0.1'
const NO_THROTTLE = 0
const CONSUMER_OFFSETS = '__consumer_offsets'
const UNKNOWN_TOPIC_OR_PARTITION = 3
const UNKNOWN_MEMBER_ID = 25
const TOPIC_AUTHORIZATION_FAILED = 29
const GROUP_ID_NOT_FOUND = 69
const NEVER = 99
/** READ, DESCRIBE and DESCRIBE_CONFIGS. */
const ALL_RIGHTS = (1 << 3) | (1 << 8) | (1 << 10)

export const answers: Record<number, Api> = {
  [fetch.key]: { versions: [4, 11], flexibleFrom: 12, answer: answerFetch },
  [listOffsets.key]: { versions: [1, 5], flexibleFrom: 6, answer: answerListOffsets },
  [metadata.key]: { versions: [4, 10], flexibleFrom: 9, answer: answerMetadata },
  [offsetCommit.key]: { versions: [1, 7], flexibleFrom: 8, answer: answerOffsetCommit },
  [offsetFetch.key]: { versions: [1, 7], flexibleFrom: 6, answer: answerOffsetFetch },
  [findCoordinator.key]: { versions: [0, 3], flexibleFrom: 3, answer: answerFindCoordinator },
  [describeGroups.key]: { versions: [0, 4], flexibleFrom: 5, answer: answerDescribeGroups },
  [listGroups.key]: { versions: [0, 4], flexibleFrom: 3, answer: answerListGroups },
  [describeConfigs.key]: { versions: [1, 2], flexibleFrom: NEVER, answer: answerDescribeConfigs },
}

function answerMetadata({ r, w, version, cluster, port }: Call): void {
  const names = r.array(() => {
    if (version >= 10) r.uuid()
    const name = r.string()
    r.tags()
    return name
  })

  w.int32(NO_THROTTLE)
  w.array([NODE], node => {
    w.int32(node)
    w.string(HOST)
    w.int32(port)
    w.string(null) // rack
    w.tags()
  })
  w.string(cluster.shape.clusterId)
  w.int32(NODE)
  w.array(names, name => {
    const { error, id, partitions } = topicOf(cluster, name)
    w.int16(error)
    w.string(name)
    if (version >= 10) for (const byte of id) w.int8((byte << 24) >> 24)
    w.boolean(name === CONSUMER_OFFSETS)
    w.array([...Array(partitions).keys()], partition => {
      w.int16(0)
      w.int32(partition)
      w.int32(NODE)
      if (version >= 7) w.int32(0) // leader epoch
      for (const nodes of version >= 5 ? [[NODE], [NODE], []] : [[NODE], [NODE]]) {
        w.array(nodes, node => w.int32(node))
      }
      w.tags()
    })
    if (version >= 8) w.int32(ALL_RIGHTS)
    w.tags()
  })
  if (version >= 8) w.int32(ALL_RIGHTS)
}

function topicOf({ topics, shape, log }: FakeCluster, name: string) {
  const none = Buffer.alloc(16)
  if (name !== CONSUMER_OFFSETS) {
    const topic = topics.get(name)
    if (topic) return { error: 0, id: topic.id, partitions: topic.partitions.length }
    return { error: UNKNOWN_TOPIC_OR_PARTITION, id: none, partitions: 0 }
  }
  if (shape.consumerOffsets === 'readable') return { error: 0, id: none, partitions: log.length }
  const error = shape.consumerOffsets === 'hidden' ? TOPIC_AUTHORIZATION_FAILED : UNKNOWN_TOPIC_OR_PARTITION
  return { error, id: none, partitions: 0 }
}

function answerListOffsets({ r, w, version, cluster }: Call): void {
  r.int32() // replica
  if (version >= 2) r.int8() // isolation level
  const topics = r.array(() => ({
    topic: r.string(),
    partitions: r.array(() => {
      const partition = r.int32()
      if (version >= 4) r.int32() // leader epoch
      return { partition, timestamp: r.int64() }
    }),
  }))

  if (version >= 2) w.int32(NO_THROTTLE)
  w.array(topics, ({ topic, partitions }) => {
    w.string(topic)
    w.array(partitions, ({ partition, timestamp }) => {
      const log = logOf(cluster, topic, partition)
      w.int32(partition)
      w.int16(log ? 0 : UNKNOWN_TOPIC_OR_PARTITION)
      w.int64(-1n)
      w.int64(BigInt(log ? offsetAt(log, timestamp) : -1))
      if (version >= 4) w.int32(0) // leader epoch
    })
  })
}

function answerFetch({ r, w, version, cluster }: Call): void {
  for (let i = 0; i < 4; i++) r.int32() // replica, wait, least and most bytes
  r.int8() // isolation level
  if (version >= 7) r.int64() // session and its epoch
  const topics = r.array(() => ({
    topic: r.string(),
    partitions: r.array(() => {
      const partition = r.int32()
      if (version >= 9) r.int32() // leader epoch
      const offset = Number(r.int64())
      if (version >= 5) r.int64() // log start offset
      r.int32() // most bytes
      return { partition, offset }
    }),
  }))

  w.int32(NO_THROTTLE)
  if (version >= 7) w.int16(0)
  if (version >= 7) w.int32(0) // session
  w.array(topics, ({ topic, partitions }) => {
    w.string(topic)
    w.array(partitions, ({ partition, offset }) => {
      const batches = cluster.log[partition] ?? []
      const records = Buffer.concat(batches.slice(offset))
      w.int32(partition)
      w.int16(0)
      w.int64(BigInt(batches.length)) // high watermark
      w.int64(BigInt(batches.length)) // last stable offset
      if (version >= 5) w.int64(0n) // log start offset
      w.array(null, () => {}) // aborted transactions
      if (version >= 11) w.int32(-1) // preferred replica
      w.int32(records.length)
      for (const byte of records) w.int8((byte << 24) >> 24)
    })
  })
}

function answerFindCoordinator({ r, w, port }: Call): void {
  r.string()
  r.int8() // type
  w.int32(NO_THROTTLE)
  w.int16(0)
  w.string(null) // error message
  w.int32(NODE)
  w.string(HOST)
  w.int32(port)
}

function answerListGroups({ w, version, cluster: { groups, shape } }: Call): void {
  if (version >= 1) w.int32(NO_THROTTLE)
  w.int16(0)
  const listed = [...groups].filter(([, { hasMembers }]) => hasMembers || shape.lists === 'all')
  w.array(listed, ([name, { hasMembers }]) => {
    w.string(name)
    w.string(hasMembers ? 'consumer' : '')
    if (version >= 4) w.string(hasMembers ? 'Stable' : 'Empty')
    w.tags()
  })
}

function answerDescribeGroups({ r, w, version, cluster: { groups, shape } }: Call): void {
  const names = r.array(() => r.string())
  w.int32(NO_THROTTLE)
  w.array(names, name => {
    const group = groups.get(name)
    const isKnown = group !== undefined && (group.hasMembers || shape.lists === 'all')
    w.int16(0)
    w.string(name)
    w.string(isKnown ? (group.hasMembers ? 'PreparingRebalance' : 'Empty') : 'Dead')
    w.string(isKnown && group.hasMembers ? 'consumer' : '')
    w.string('') // protocol
    w.array([], () => {}) // members
    if (version >= 3) w.int32(ALL_RIGHTS)
  })
}

function answerOffsetFetch({ r, w, version, cluster: { groups, shape } }: Call): void {
  const group = groups.get(r.string())
  const asked = r.array(() => {
    const topic = r.string()
    const partitions = r.array(() => r.int32())
    r.tags()
    return { topic, partitions }
  })
  const committed = [...Map.groupBy(group?.offsets.values() ?? [], ({ topic }) => topic)]
  const all = committed.map(([topic, its]) => ({ topic, partitions: its.map(({ partition }) => partition) }))
  const isUnknown = group === undefined && shape.unknownGroup === 'GROUP_ID_NOT_FOUND'

  w.int32(NO_THROTTLE)
  w.array(isUnknown ? [] : asked.length > 0 ? asked : all, ({ topic, partitions }) => {
    w.string(topic)
    w.array(partitions, partition => {
      const found = group?.offsets.get(`${topic} ${partition}`)
      w.int32(partition)
      w.int64(found?.offset ?? -1n)
      if (version >= 5) w.int32(found?.leaderEpoch ?? -1)
      w.string(found?.metadata ?? '')
      w.int16(0)
      w.tags()
    })
    w.tags()
  })
  w.int16(isUnknown ? GROUP_ID_NOT_FOUND : 0)
}

function answerOffsetCommit({ r, w, version, cluster }: Call): void {
  const group = r.string()
  r.int32() // generation
  r.string() // member
  if (version >= 7) r.nullableString() // group instance id
  if (version <= 4) r.int64() // retention
  const error = cluster.groups.get(group)?.hasMembers ? UNKNOWN_MEMBER_ID : 0
  const topics = r.array(() => {
    const topic = r.string()
    const partitions = r.array(() => {
      const [partition, offset] = [r.int32(), r.int64()]
      const leaderEpoch = version >= 6 ? r.int32() : -1
      const metadata = r.nullableString() ?? ''
      if (error === 0) cluster.commit(group, topic, offset, { partition, leaderEpoch, metadata })
      return partition
    })
    return { topic, partitions }
  })

  if (version >= 3) w.int32(NO_THROTTLE)
  w.array(topics, ({ topic, partitions }) => {
    w.string(topic)
    w.array(partitions, partition => {
      w.int32(partition)
      w.int16(error)
    })
  })
}

function answerDescribeConfigs({ r, w, cluster: { shape } }: Call): void {
  const resources = r.array(() => ({
    type: r.int8(),
    name: r.string(),
    names: r.array(() => r.string()),
  }))
  w.int32(NO_THROTTLE)
  w.array(resources, ({ type, name, names }) => {
    w.int16(0)
    w.string(null) // error message
    w.int8(type)
    w.string(name)
    const told = names.filter(name => shape.configs[name] !== undefined)
    w.array(told, name => {
      w.string(name)
      w.string(shape.configs[name] ?? null)
      w.boolean(true) // read only
      w.int8(4) // a static setting
      w.boolean(false) // sensitive
      w.array([], () => {}) // synonyms
    })
  })
}
