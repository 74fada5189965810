import type { Recovery } from '../../core/recovery/recovery.ts'
import { atMost } from '../../text/count.ts'
import { name, upTo } from './format.ts'
import { table } from './table.ts'

/**
 * The possible recoveries, the cost of each by partition, and the one that fits.
 * @param isSameTopic whether topic ids prove that each topic still is the one of the lost offsets
 */
export function adviceView(recovery: Recovery, isSameTopic: boolean): string {
  const { costs } = recovery
  const rows = costs.map(({ topic, partition, twice, skipped, deleted }) => [
    name(topic),
    String(partition),
    records(twice),
    records(skipped),
    deleted === 0n ? '' : records(deleted),
  ])
  const hasDeleted = costs.some(({ deleted }) => deleted > 0n)
  const headings = ['TOPIC', 'PARTITION', 'EARLIEST READS TWICE', 'LATEST SKIPS', 'DELETED UNREAD']
  const costTable = table(hasDeleted ? headings : headings.slice(0, 4), rows)
  return [costTable, ...adviceSentences(recovery, isSameTopic)].join('\n\n')
}

/** The recovery that fits, and why. @see adviceView */
export const adviceSentences = ({ fits, why, alsoFits, costs }: Recovery, isSameTopic: boolean): string[] => [
  `Recommended${isSameTopic ? '' : ', if the topic is still the same one'}: ${fits}. ${reasons[why](costs)}`,
  ...alsoFits.map(way => others[way]),
]

const records = (number: bigint | null) => (number === null ? 'not known' : upTo(number))

const others: Record<Recovery['alsoFits'][number], string> = {
  seek: 'If you may not write to Kafka or cannot stop the consumers, let the application seek: `offset-watchdog lookup --code` prints the code. Until the offsets are back, auto.offset.reset=none keeps a restart from doing harm.',
  latest:
    'latest has the same effect while nothing more is written to these topics, because every record in their logs was processed.',
}

const reasons: Record<Recovery['why'], (costs: Recovery['costs']) => string> = {
  'beyond-log-end': () =>
    'An offset lies beyond the end of its log, so the topic was recreated or has lost records. auto.offset.reset=none keeps a consumer stopped until you know which. Then choose an offset and write it with `restore --from-file`.',
  'log-not-read': () =>
    'Some logs could not be read, so the cost for their partitions is not known. `restore` reads these logs again before it writes.',
  'nothing-twice': costs =>
    `Start the consumers with auto.offset.reset=earliest; there is nothing to restore. The logs no longer contain a processed record, so no record would be processed twice; latest would skip ${total(costs, 'skipped')}.`,
  'partly-deleted': costs =>
    `Add --below-start=earliest, because some of the records are deleted. earliest alone would process ${total(costs, 'twice')} twice; latest would skip ${total(costs, 'skipped')}.`,
  'in-the-log': costs =>
    `The logs still have every record after these offsets. earliest would process ${total(costs, 'twice')} twice; latest would skip ${total(costs, 'skipped')}, and all records written until the start.`,
}

const total = (costs: Recovery['costs'], what: 'twice' | 'skipped') =>
  atMost(
    costs.reduce((sum, cost) => sum + (cost[what] ?? 0n), 0n),
    'record',
  )
