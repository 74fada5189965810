import type { TopicPartitions } from '../../../core/model/topic-partition.ts'
import { message, operations } from '../message.ts'
import { Reader } from '../reader.ts'

export interface DescribedGroup {
  error: number
  group: string
  /** The state in Kafka's spelling. A group that does not exist, or is not a classic group, is `Dead`, too. */
  state: string
  protocolType: string
  members: ClassicMember[]
  /** Bit field by AclOperation; null before v3, or if not asked for. */
  operations: number | null
}

export interface ClassicMember {
  memberId: string
  clientId: string
  clientHost: string
  /** The member's metadata in the format of its protocol type; empty unless the group is Stable. */
  metadata: Buffer
  /** The assignment by the group's leader, also in a format of the protocol type. */
  assignment: Buffer
}

/**
 * DescribeGroups (15), v1–v5: classic groups. Instead of the state `Dead`, v6 answers GROUP_ID_NOT_FOUND, so v5 is
 * enough.
 */
export const describeGroups = message<{ groups: string[]; includeOperations: boolean }, DescribedGroup[]>({
  name: 'DescribeGroups',
  key: 15,
  versions: [1, 5],
  flexibleFrom: 5,

  write(w, request, version) {
    w.array(request.groups, group => w.string(group))
    if (version >= 3) w.boolean(request.includeOperations)
  },

  read(r, version) {
    r.int32() // throttle time

    return r.array(() => {
      const error = r.int16()
      const group = r.string()
      const state = r.string()
      const protocolType = r.string()
      r.string() // protocol, the assignor that was chosen

      const members = r.array(() => {
        const memberId = r.string()
        if (version >= 4) r.nullableString() // group instance id
        const member = {
          memberId,
          clientId: r.string(),
          clientHost: r.string(),
          metadata: r.bytes(),
          assignment: r.bytes(),
        }
        r.tags()
        return member
      })

      const described = {
        error,
        group,
        state,
        protocolType,
        members,
        operations: version >= 3 ? operations(r) : null,
      }
      r.tags()
      return described
    })
  },
})

/**
 * The topics that a member of a classic group with protocol type `consumer` subscribes to. All versions of Kafka's
 * ConsumerProtocolSubscription begin with the version and the topics, and this code needs no more.
 * @throws Undecodable
 */
export function subscribedTopics(memberMetadata: Buffer): string[] {
  const r = new Reader(memberMetadata, false)
  r.int16() // version
  return r.array(() => r.string())
}

/**
 * The partitions that a member of a classic group with protocol type `consumer` owns. All versions of Kafka's
 * ConsumerProtocolAssignment begin with the version and the partitions. A member without partitions may have no bytes
 * at all.
 * @throws Undecodable
 */
export function assignedPartitions(assignment: Buffer): TopicPartitions[] {
  if (assignment.length === 0) return []
  const r = new Reader(assignment, false)
  r.int16() // version
  return r.array(() => ({ topic: r.string(), partitions: r.array(() => r.int32()) }))
}
