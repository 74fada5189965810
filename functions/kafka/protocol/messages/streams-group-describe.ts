import { message, operations } from '../message.ts'
import type { Reader } from '../reader.ts'

export interface DescribedStreamsGroup {
  error: number
  group: string
  state: string
  /** Source topics and repartition source topics; null if the group has no topology yet. */
  sourceTopics: string[] | null
  members: StreamsMember[]
  /** Bit field by AclOperation; null if not asked for. */
  operations: number | null
}

export interface StreamsMember {
  memberId: string
  clientId: string
  clientHost: string
}

/**
 * StreamsGroupDescribe (89), v0: groups of the streams protocol (KIP-1071). For every other group the answer is
 * GROUP_ID_NOT_FOUND.
 */
export const streamsGroupDescribe = message<
  { groups: string[]; includeOperations: boolean },
  DescribedStreamsGroup[]
>({
  name: 'StreamsGroupDescribe',
  key: 89,
  versions: [0, 0],
  flexibleFrom: 0,

  write(w, request) {
    w.array(request.groups, group => w.string(group))
    w.boolean(request.includeOperations)
  },

  read(r) {
    r.int32() // throttle time

    return r.array(() => {
      const error = r.int16()
      r.nullableString() // error message
      const group = r.string()
      const state = r.string()
      r.int32() // group epoch
      r.int32() // assignment epoch
      const sourceTopics = readTopology(r)
      const members = r.array(() => readMember(r))
      const described = { error, group, state, sourceTopics, members, operations: operations(r) }
      r.tags()
      return described
    })
  },
})

/** A nullable structure is preceded by one byte: −1 for null, else 1. */
const isPresent = (r: Reader): boolean => r.int8() >= 0

function readTopology(r: Reader): string[] | null {
  if (!isPresent(r)) return null

  r.int32() // epoch
  const topics = r.array(() => {
    r.string() // subtopology id
    const sources = r.array(() => r.string())
    r.array(() => r.string()) // repartition sink topics
    r.array(() => readTopic(r)) // changelog topics
    const repartitionSources = r.array(() => readTopic(r))
    r.tags()
    return [...sources, ...repartitionSources]
  })
  r.tags()
  return topics.flat()
}

function readTopic(r: Reader): string {
  const topic = r.string()
  r.int32() // partitions
  r.int16() // replication factor
  r.array(() => skipKeyValue(r)) // configs
  r.tags()
  return topic
}

function readMember(r: Reader): StreamsMember {
  const memberId = r.string()
  r.int32() // member epoch
  r.nullableString() // instance id
  r.nullableString() // rack
  const member = { memberId, clientId: r.string(), clientHost: r.string() }
  r.int32() // topology epoch
  r.string() // process id
  if (isPresent(r)) skipEndpoint(r)
  r.array(() => skipKeyValue(r)) // client tags
  r.array(() => skipTaskOffset(r)) // task offsets
  r.array(() => skipTaskOffset(r)) // task end offsets
  skipAssignment(r) // current
  skipAssignment(r) // target
  r.boolean() // classic
  r.tags()
  return member
}

function skipEndpoint(r: Reader): void {
  r.string() // host
  r.int16() // port
  r.tags()
}

function skipKeyValue(r: Reader): void {
  r.string()
  r.string()
  r.tags()
}

function skipTaskOffset(r: Reader): void {
  r.string() // subtopology id
  r.int32() // partition
  r.int64() // offset
  r.tags()
}

function skipAssignment(r: Reader): void {
  for (const _ of ['active', 'standby', 'warm-up']) {
    r.array(() => {
      r.string() // subtopology id
      r.array(() => r.int32()) // partitions
      r.tags()
    })
  }
  r.tags()
}
