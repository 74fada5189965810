import type { Problem } from '../../core/model/commit.ts'
import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import { iso, MINUTE } from '../../core/time.ts'
import { BrokerError, errorName, problemCode } from '../protocol/errors.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import type { FetchError } from './fetch-log.ts'
import type { PartitionReader } from './partition-reader.ts'

/** The asked broker does not know the topic, although another broker does: for instance just after a start. */
export const notFound = ({ error }: TopicMetadata): Problem[] =>
  error === 0
    ? []
    : [
        {
          scope: { topic: CONSUMER_OFFSETS },
          code: problemCode(error),
          message: `${CONSUMER_OFFSETS} could not be read (${errorName(error)}), so commit times are not exact until the next snapshot.`,
        },
      ]

/** Partitions that could not be read to their end, as one problem for each cause. */
export function notRead(refusals: ReadonlyMap<PartitionReader, FetchError>): Problem[] {
  const byCause = Map.groupBy(refusals, ([, refusal]) =>
    refusal instanceof BrokerError ? refusal.message : errorName(refusal),
  )
  return [...byCause].flatMap(([cause, failed]) => {
    const [first] = failed
    if (first === undefined) return []
    const [, refusal] = first
    const code = refusal instanceof BrokerError ? refusal.code : problemCode(refusal)
    const partitions = failed.map(([{ partition }]) => partition).sort((a, b) => a - b)
    return [
      {
        scope: {
          topic: CONSUMER_OFFSETS,
          ...(partitions.length === 1 ? { partition: partitions[0] ?? 0 } : {}),
        },
        code,
        message: `${describePartitions(partitions)} of ${CONSUMER_OFFSETS} could not be read to the end, so the commit times of the groups there are not exact until the next snapshot: ${cause}`,
      },
    ]
  })
}

/** Ranges of one partition that were skipped because they cannot be decoded. */
export function undecodable({ partition, ranges: passes }: PartitionReader): Problem[] {
  const count = passes.reduce((sum, pass) => sum + pass.unreadableCount, 0)
  const first = passes.find(({ firstUnreadable }) => firstUnreadable)?.firstUnreadable
  if (first === undefined) return []
  const what = count === 1 ? '1 batch or record' : `${count} batches or records`
  return [
    {
      scope: { topic: CONSUMER_OFFSETS, partition },
      code: 'undecodable',
      message: `${what} in partition ${partition} of ${CONSUMER_OFFSETS} cannot be read, the first at offset ${first.offset} (${first.why}): commit times stored there may not be known exactly.`,
    },
  ]
}

/**
 * ms after which an open transaction is a problem: the default of transaction.max.timeout.ms, as in Kafka's own
 * `kafka-transactions.sh find-hanging`. By then the transaction coordinator has ended every transaction that does not
 * hang (KIP-664).
 */
const LONGEST_TRANSACTION = 15 * MINUTE

/**
 * A transaction that has been open for too long, and so stops the cursor of its partition.
 * @param now ms since the epoch
 */
export function neverEnding({ partition, openTransaction }: PartitionReader, now: number): Problem[] {
  if (openTransaction === undefined || now - openTransaction.since <= LONGEST_TRANSACTION) return []
  const { producerId, from, since } = openTransaction
  return [
    {
      scope: { topic: CONSUMER_OFFSETS, partition },
      code: 'open-transaction',
      message: `A transaction of producer id ${producerId} has been open in partition ${partition} of ${CONSUMER_OFFSETS} since ${iso(since)}, so every snapshot reads again from the first record of the transaction, at offset ${from}: abort it with \`kafka-transactions.sh abort\` if its application is gone.`,
    },
  ]
}

/**
 * Brokers whose newest records are dated in the future by this machine's clock. The clocks of these brokers are ahead,
 * so offsets expire there before the shown deadlines.
 * @param now ms since the epoch
 * @param clockSkew ms that a broker may be ahead
 */
export function aheadOf(
  now: number,
  clockSkew: number,
  readers: readonly PartitionReader[],
  leaders: ReadonlyMap<number, number>,
): Problem[] {
  const leads = new Map<number, number>()
  for (const { partition, ranges: passes } of readers) {
    const lead = Math.max(...passes.map(({ newestAt }) => newestAt - now))
    const broker = leaders.get(partition) ?? -1
    if (lead > clockSkew) leads.set(broker, Math.max(lead, leads.get(broker) ?? 0))
  }
  return [...leads].map(([broker, lead]) => ({
    scope: { broker },
    code: 'clock-skew',
    message: `The clock of broker ${broker} is at least ${Math.floor(lead / 1000)} s ahead of this machine's, and WATCHDOG_CLOCK_SKEW allows for ${clockSkew / 1000} s: alerts about its groups come that much too late until both clocks are correct.`,
  }))
}

function describePartitions(partitions: number[]): string {
  if (partitions.length === 1) return `Partition ${partitions[0]}`
  const more = partitions.length > 5 ? ` and ${partitions.length - 5} more` : ''
  return `Partitions ${partitions.slice(0, 5).join(', ')}${more}`
}
