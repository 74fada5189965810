import type { LostRecords } from '../model/unread-records.ts'
import { WEEK } from '../time.ts'
import { FEW } from './records-deadline.ts'

/** The log of the same topic in the last reading, and the losses until then. */
export interface LostBefore {
  logStart: bigint | null
  logEnd: bigint | null
  lostRecords: LostRecords | null
}

/** How long a loss of records is kept after its last increase, ms. */
const KEEP = WEEK

/**
 * Records that Kafka deleted before the group had read them: the offset is below the log start of the last reading. The
 * log start of this reading does not count, since it is read after the offset: meanwhile Kafka Streams, for instance,
 * may commit and delete records. A few offsets before the end of an empty log are no loss, since they may all have been
 * transaction markers. A log start that has moved back belongs to another log: the topic was recreated, which brokers
 * without topic ids do not show, or another leader still has the records.
 * @param finishedAt end of the reading, ms since the epoch
 */
export function lostRecords(
  before: LostBefore | undefined,
  { offset, logStart: startNow }: { offset: bigint; logStart: bigint | null },
  finishedAt: number,
): LostRecords | null {
  if (before === undefined) return null
  const { logStart, logEnd, lostRecords: known } = before
  const isSameLog = logStart !== null && (startNow ?? logStart) >= logStart
  if (isSameLog && offset >= 0n && offset < logStart) {
    const isCounted = known !== null && known.upTo > offset
    const more = logStart - (isCounted ? known.upTo : offset)
    if (more <= 0n) return known
    if (known === null && more <= FEW && logStart === logEnd) return null
    return { atMost: (known?.atMost ?? 0n) + more, upTo: logStart, lastAt: finishedAt }
  }
  return known !== null && finishedAt - known.lastAt <= KEEP ? known : null
}
