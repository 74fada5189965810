import type { DescribedConsumerGroup } from '../protocol/messages/consumer-group-describe.ts'
import { type DescribedGroup, subscribedTopics } from '../protocol/messages/describe-groups.ts'
import type { DescribedStreamsGroup } from '../protocol/messages/streams-group-describe.ts'
import { Undecodable } from '../protocol/reader.ts'

/** The topics whose offsets a group's members keep from expiring; undefined where it cannot be known. */
export type Subscription = ReadonlySet<string> | undefined

const nothing: ReadonlySet<string> = new Set()

/**
 * Only a Stable group of protocol type `consumer` tells its subscription. Where one member's cannot be decoded, Kafka
 * takes the whole group's for unknown, and so does this. Kafka: ClassicGroup.computeSubscribedTopics.
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
 * What a regular expression matches is the broker's to say: it is RE2/J, sees only the topics that the member may see,
 * and is resolved now and then. In a Stable group every topic that it resolved is assigned to somebody; in another
 * state some may not be yet. Kafka: ConsumerGroup.isSubscribedToTopic.
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
