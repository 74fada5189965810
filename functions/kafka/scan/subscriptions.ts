import type { DescribedConsumerGroup } from '../protocol/messages/consumer-group-describe.ts'
import { type DescribedGroup, subscribedTopics } from '../protocol/messages/describe-groups.ts'
import type { DescribedStreamsGroup } from '../protocol/messages/streams-group-describe.ts'
import { Undecodable } from '../protocol/reader.ts'

/** The topics whose offsets a group's members protect from expiry; undefined if unknown. */
export type Subscription = ReadonlySet<string> | undefined

const nothing: ReadonlySet<string> = new Set()

/**
 * Only a Stable group of protocol type `consumer` shows the subscriptions of its members. If the subscription of one
 * member cannot be decoded, Kafka treats the group's subscription as unknown, and so does this code. Kafka:
 * ClassicGroup.computeSubscribedTopics.
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
 * Only the broker knows which topics a regular expression (RE2/J) matches. The broker resolves the expression from time
 * to time, and only over topics that the member may see. In a Stable group each of these topics is assigned to a
 * member. In other states some topics may not be assigned yet. Kafka: ModernGroup.isSubscribedToTopic.
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
