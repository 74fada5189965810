import type { ProblemCode } from '../core/model/commit.ts'
import type { TopicPartition } from '../core/model/topic-partition.ts'
import type { OffsetAndMetadata, WriteAnswer } from '../core/recovery/current-group.ts'
import type { Connection } from './connection/connection.ts'
import { OFFSET_METADATA_TOO_LARGE } from './protocol/error-codes.ts'
import { BrokerError, errorName, problemCode } from './protocol/errors.ts'
import { findCoordinator } from './protocol/messages/find-coordinator.ts'
import { type OffsetToCommit, offsetCommit } from './protocol/messages/offset-commit.ts'

/** ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS and STALE_MEMBER_EPOCH. */
const hasMembers: ReadonlySet<number> = new Set([22, 25, 27, 113])

const passing: ReadonlySet<ProblemCode> = new Set(['not-loaded', 'timed-out', 'unreachable'])

/**
 * The only code that writes to Kafka. Only functions/cli/commands/restore.ts imports it; a test checks that nothing
 * deployed does. This code sends one OffsetCommit, once, to the current coordinator. If the group has members, no
 * offset is written. Otherwise Kafka may still refuse single offsets, for example without READ on their topic. A
 * further request needs a new reading first.
 */
export async function writeOffsets(
  connection: Connection,
  group: string,
  offsets: readonly (TopicPartition & OffsetAndMetadata)[],
): Promise<WriteAnswer[]> {
  const all = (outcome: WriteAnswer['outcome'], why: string) =>
    offsets.map(({ topic, partition }) => ({ topic, partition, outcome, why }))

  try {
    const [found] = await connection.sendToAny(findCoordinator, { groups: [group] })
    if (found === undefined || found.error !== 0) return all(...meaningOf(found?.error ?? UNKNOWN))
    if (!connection.brokers.has(found.broker)) await connection.refresh()

    const request = { group, topics: byTopic(offsets) }
    const results = await connection.send(found.broker, offsetCommit, request, { once: true })
    return results.map(({ topic, partition, error }) => {
      const [outcome, why] = meaningOf(error)
      return { topic, partition, outcome, why }
    })
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return all('unsure', error.message)
  }
}

const UNKNOWN = -1

function meaningOf(error: number): [outcome: WriteAnswer['outcome'], why: string] {
  if (error === 0) return ['written', '']
  const [name, code] = [errorName(error), problemCode(error)]
  if (hasMembers.has(error)) return ['members', `the group has members (${name})`]
  if (passing.has(code)) return ['unsure', `the coordinator is not available (${name})`]

  const cause = causes[error]
  const why = cause === undefined ? `Kafka answered ${name}` : `${cause} (${name})`
  // Kafka 4's coordinator answers UNKNOWN_SERVER_ERROR if the batch of the request's records is too large.
  const maySplit = error === UNKNOWN || (code === 'too-large' && error !== OFFSET_METADATA_TOO_LARGE)
  return [maySplit ? 'too-large' : 'refused', why]
}

const NOT_ALLOWED = 'these credentials may not commit, so grant READ on the group and on the topic'
const TOO_LARGE = 'its record is larger than max.message.bytes of __consumer_offsets'

/** Reasons why an offset was refused, by Kafka's error code. */
const causes: Record<number, string> = {
  [UNKNOWN]: `Kafka does not say why: either ${TOO_LARGE}, or the broker's log has the cause`,
  10: TOO_LARGE,
  [OFFSET_METADATA_TOO_LARGE]: 'its metadata is longer than offset.metadata.max.bytes of the broker',
  18: TOO_LARGE,
  28: TOO_LARGE,
  29: NOT_ALLOWED,
  30: NOT_ALLOWED,
  31: NOT_ALLOWED,
}

function byTopic(
  offsets: readonly (TopicPartition & OffsetAndMetadata)[],
): { topic: string; partitions: OffsetToCommit[] }[] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions }))
}
