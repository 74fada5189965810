import type { DescribedConsumerGroup } from '../protocol/messages/consumer-group-describe.ts'
import { type DescribedGroup, subscribedTopics } from '../protocol/messages/describe-groups.ts'
import type { DescribedStreamsGroup } from '../protocol/messages/streams-group-describe.ts'
import { Undecodable } from '../protocol/reader.ts'

/** The topics whose offsets a group's members protect from expiry; undefined if unknown. */
export type Subscription = ReadonlySet<string> | undefined

const nothing: ReadonlySet<string> = new Set()

/**
 * Only a Stable group of protocol type `consumer` tells its subscription. If one member's cannot be decoded, Kafka
 * treats the whole group's as unknown, and so does this. Kafka: ClassicGroup.computeSubscribedTopics.
 */
export function classicSubscription({ state, protocolType, members }: DescribedGroup): Subscription {
  if (state === 'Empty' || state === 'Dead') return nothing
  if (state !== 'Stable' || protocolType !== 'consumer') return undefined

  try {
    return new Set(members.flatMap(member => subscribedTopics(member.metadata)))
  } catch (error) {
    if (error instanceof Undecodable) return undefined
    throw error
  }
}

/**
 * Only the broker knows what a regular expression matches: it is RE2/J, sees only the topics that the member may see,
 * and is resolved from time to time. In a Stable group each topic that it resolved is assigned to a member; in other
 * states some may not be yet. Kafka: ConsumerGroup.isSubscribedToTopic.
 */
export function consumerSubscription({ state, members }: DescribedConsumerGroup): Subscription {
  if (state !== 'Stable' && members.some(member => member.subscribedRegex)) return undefined
  return new Set(
    members.flatMap(member => [...member.subscribedTopics, ...member.assigned.map(({ topic }) => topic)]),
  )
}

/** Kafka: StreamsGroup.isSubscribedToTopic. */
export function streamsSubscription({ sourceTopics, members }: DescribedStreamsGroup): Subscription {
  if (members.length === 0) return nothing
  return sourceTopics === null ? undefined : new Set(sourceTopics)
}
