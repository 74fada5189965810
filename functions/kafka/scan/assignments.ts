import type { TopicPartitions } from '../../core/model/topic-partition.ts'
import type { DescribedConsumerGroup } from '../protocol/messages/consumer-group-describe.ts'
import { assignedPartitions, type DescribedGroup } from '../protocol/messages/describe-groups.ts'
import { Undecodable } from '../protocol/reader.ts'

/** The members' partitions; undefined if unknown, as during a rebalance. */
export function classicAssignment({
  state,
  protocolType,
  members,
}: DescribedGroup): readonly TopicPartitions[] | undefined {
  if (state !== 'Stable' || protocolType !== 'consumer') return undefined

  try {
    return members.flatMap(member => assignedPartitions(member.assignment))
  } catch (error) {
    if (error instanceof Undecodable) return undefined
    throw error
  }
}

export const consumerAssignment = ({
  state,
  members,
}: DescribedConsumerGroup): readonly TopicPartitions[] | undefined =>
  state === 'Stable' ? members.flatMap(({ assigned }) => assigned) : undefined
