import type { Problem } from '../../core/model.ts'
import { BrokerError, errorName, problemCode } from '../errors.ts'
import { CONSUMER_OFFSETS } from '../read-rights.ts'
import type { Refusal } from './fetch-log.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Partitions that could not be read to their end, a problem for each cause. */
export function notRead(refusals: ReadonlyMap<PartitionReader, Refusal>): Problem[] {
  const byCause = Map.groupBy(refusals, ([, refusal]) =>
    refusal instanceof BrokerError ? refusal.message : errorName(refusal),
  )
  return [...byCause].flatMap(([cause, its]) => {
    const [first] = its
    if (first === undefined) return []
    const [, refusal] = first
    const code = refusal instanceof BrokerError ? refusal.code : problemCode(refusal)
    const partitions = its.map(([{ partition }]) => partition).sort((a, b) => a - b)
    return [
      {
        scope: {
          topic: CONSUMER_OFFSETS,
          ...(partitions.length === 1 ? { partition: partitions[0] ?? 0 } : {}),
        },
        code,
        message: `${inWords(partitions)} of ${CONSUMER_OFFSETS} could not be read to the end, and when their groups' offsets were committed is not known exactly until the next snapshot: ${cause}`,
      },
    ]
  })
}

/** What was passed over in one partition, as it cannot be decoded. */
export function undecodable({ partition, passes }: PartitionReader): Problem[] {
  const count = passes.reduce((sum, pass) => sum + pass.unreadableCount, 0)
  const first = passes.find(({ firstUnreadable }) => firstUnreadable)?.firstUnreadable
  if (first === undefined) return []
  const what = count === 1 ? '1 batch or record' : `${count} batches or records`
  return [
    {
      scope: { topic: CONSUMER_OFFSETS, partition },
      code: 'undecodable',
      message: `${what} in partition ${partition} of ${CONSUMER_OFFSETS} cannot be read, the first at offset ${first.offset} (${first.why}): where a commit may be in it, its time is not known exactly.`,
    },
  ]
}

function inWords(partitions: number[]): string {
  if (partitions.length === 1) return `Partition ${partitions[0]}`
  const more = partitions.length > 5 ? ` and ${partitions.length - 5} more` : ''
  return `Partitions ${partitions.slice(0, 5).join(', ')}${more}`
}
