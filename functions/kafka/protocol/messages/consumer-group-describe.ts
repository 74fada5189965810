import type { TopicPartitions } from '../../../core/model/topic-partition.ts'
import { message, operations } from '../message.ts'

export interface DescribedConsumerGroup {
  error: number
  group: string
  state: string
  members: ConsumerMember[]
  /** Bit field by AclOperation; null if not asked for. */
  operations: number | null
}

export interface ConsumerMember {
  memberId: string
  clientId: string
  clientHost: string
  subscribedTopics: string[]
  /** RE2/J, resolved by the broker. */
  subscribedRegex: string | null
  /** The partitions that the member owns. Only these show which topics a regular expression matches. */
  assigned: TopicPartitions[]
}

/**
 * ConsumerGroupDescribe (69), v0–v1: groups of the consumer protocol (KIP-848). For every other group the answer is
 * GROUP_ID_NOT_FOUND.
 */
export const consumerGroupDescribe = message<
  { groups: string[]; includeOperations: boolean },
  DescribedConsumerGroup[]
>({
  name: 'ConsumerGroupDescribe',
  key: 69,
  versions: [0, 1],
  flexibleFrom: 0,

  write(w, request) {
    w.array(request.groups, group => w.string(group))
    w.boolean(request.includeOperations)
  },

  read(r, version) {
    r.int32() // throttle time

    return r.array(() => {
      const error = r.int16()
      r.nullableString() // error message
      const group = r.string()
      const state = r.string()
      r.int32() // group epoch
      r.int32() // assignment epoch
      r.string() // assignor
      const described = { error, group, state, members: r.array(readMember), operations: operations(r) }
      r.tags()
      return described
    })

    function readMember(): ConsumerMember {
      const memberId = r.string()
      r.nullableString() // instance id
      r.nullableString() // rack
      r.int32() // member epoch
      const member = {
        memberId,
        clientId: r.string(),
        clientHost: r.string(),
        subscribedTopics: r.array(() => r.string()),
        subscribedRegex: r.nullableString() || null, // '' for a member without a regex
        assigned: readAssignment(),
      }
      readAssignment() // target
      if (version >= 1) r.int8() // member type
      r.tags()
      return member
    }

    function readAssignment(): TopicPartitions[] {
      const topics = r.array(() => {
        r.uuid()
        const assigned = { topic: r.string(), partitions: r.array(() => r.int32()) }
        r.tags()
        return assigned
      })
      r.tags()
      return topics
    }
  },
})
