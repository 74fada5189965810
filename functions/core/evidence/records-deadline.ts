import type { RecordsEvidence, UnreadRecords } from '../model/unread-records.ts'
import type { RecordsRetention, TimeProbe } from '../reading.ts'
import { inDateRange } from '../time.ts'
import { largestTimestamp } from './log-times.ts'

/** The log of a partition, as one reading saw it. */
export interface UnreadIn {
  offset: bigint
  logStart: bigint | null
  logEnd: bigint | null
  /** The topic's own retention; undefined if it was not read. */
  retention: RecordsRetention | undefined
  /** Of the partition, in any order. */
  probes: readonly TimeProbe[]
}

/** The same offset in the reading before. */
export interface UnreadBefore {
  offset: bigint
  logEnd: bigint | null
  unread: UnreadRecords | null
}

export interface UnreadContext {
  /** Start of the reading, ms since the epoch. */
  startedAt: number
  /** log.retention.check.interval.ms */
  logSweep: number
  /** ms */
  clockSkew: number
}

/** So few offsets may all be markers of transactions, or aborted records. */
export const FEW = 10n

/**
 * The records of a log that a group has not read, and when Kafka deletes the first of them. Null where there are none, or
 * where the log was not read.
 */
export function unreadRecords(
  log: UnreadIn,
  before: UnreadBefore | undefined,
  context: UnreadContext,
): UnreadRecords | null {
  const { offset, logStart, logEnd, retention, probes } = log
  if (logStart === null || logEnd === null || offset < 0n) return null
  const isBelowLog = offset < logStart
  const first = isBelowLog ? logStart : offset
  if (first >= logEnd) return null

  const atMost = logEnd - first
  const without = (evidence: RecordsEvidence): UnreadRecords => ({
    atMost,
    evidence,
    retention: null,
    earliest: null,
    latest: null,
  })
  if (isFew(atMost, log, before)) return without('few')
  if (retention?.by !== 'time') return without(retention?.by ?? 'unknown')
  if (probes.length === 0) return without('unknown')
  const bounds = deadlineOf(first, retention, probes, context)
  return { atMost, evidence: 'bounded', retention: retention.retention, ...bounds }
}

/** Few offsets before a log end that has not moved since the commit, as far as readings tell. */
function isFew(atMost: bigint, { offset, logEnd }: UnreadIn, before: UnreadBefore | undefined): boolean {
  if (atMost > FEW) return false
  if (before === undefined || before.offset !== offset || before.logEnd === null) return true
  return before.logEnd === logEnd && (before.unread === null || before.unread.evidence === 'few')
}

function deadlineOf(
  first: bigint,
  { retention, segment, isCompacted }: Extract<RecordsRetention, { by: 'time' }>,
  probes: readonly TimeProbe[],
  { startedAt, logSweep, clockSkew }: UnreadContext,
): Pick<UnreadRecords, 'earliest' | 'latest'> {
  const { atLeast, below } = largestTimestamp(probes, first)
  // The reading has seen the record, so it was not deleted before.
  const earliest = Math.max(startedAt, (atLeast ?? 0) + retention) - clockSkew

  // A batch whose timestamp is further than segment.ms beyond the segment's first one begins another segment. The cleaner
  // merges segments, so of a compacted topic no such bound is known. Kafka: LogSegment.shouldRoll.
  if (below === null || isCompacted) return { earliest: inDateRange(earliest), latest: null }
  const largest = Math.max(below, atLeast ?? 0) + segment
  const latest = Math.max(startedAt, largest + retention) + logSweep + clockSkew
  return { earliest: inDateRange(earliest), latest: inDateRange(latest) }
}
