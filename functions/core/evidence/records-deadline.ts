import type { RecordsEvidence, UnreadRecords } from '../model/unread-records.ts'
import type { RecordsRetention, TimeProbe } from '../reading.ts'
import { inDateRange } from '../time.ts'
import { estimatedTime, largestTimestamp, looseness, type ProbePlan } from './log-times.ts'

/** A group's offset, and the log of its partition, in one reading. */
export interface UnreadIn {
  offset: bigint
  logStart: bigint | null
  logEnd: bigint | null
  /** The topic's own retention; undefined if it was not read. */
  retention: RecordsRetention | undefined
  /** Probes of the partition, in any order. */
  probes: readonly TimeProbe[]
}

/** The same partition of the group in the last reading. */
export interface UnreadBefore {
  offset: bigint
  logStart: bigint | null
  logEnd: bigint | null
  unread: UnreadRecords | null
  /** Start of that reading, ms since the epoch. */
  seenFrom: number
}

export interface UnreadContext {
  /** Start of the reading, ms since the epoch. */
  startedAt: number
  /** log.retention.check.interval.ms */
  logSweep: number
  /** ms */
  clockSkew: number
}

/** Up to this number of unread offsets may all be transaction markers or aborted records. */
export const FEW = 10n

/**
 * The records that a group has not read, and when Kafka deletes the first of them. Null if there are none, or the log
 * was not read.
 */
export function unreadRecords(
  log: UnreadIn,
  before: UnreadBefore | undefined,
  context: UnreadContext,
): UnreadRecords | null {
  const { offset, logStart, logEnd, retention, probes } = log
  if (logStart === null || logEnd === null || offset < 0n) return null
  const first = firstUnread(offset, logStart)
  if (first >= logEnd) return null

  const atMost = logEnd - first
  const without = (evidence: RecordsEvidence): UnreadRecords => ({
    atMost,
    evidence,
    retention: null,
    retentionSetBy: null,
    earliest: null,
    latest: null,
    readTo: null,
    notGrown: 0,
  })
  if (isFew(atMost, log, before)) return without('few')
  if (retention?.by !== 'time') return without(retention?.by ?? 'unknown')
  const known = boundsBefore(first, before, retention)
  if (probes.length === 0 && known === null) return without('unknown')
  const bounds = narrower(deadlineOf(first, retention, probes, context), known, context)
  const readTo =
    estimatedTime(probes, first) ?? (before?.offset === offset ? (before.unread?.readTo ?? null) : null)
  const notGrown = readingsNotGrown({ offset, readTo }, before, context)
  return {
    atMost,
    evidence: 'bounded',
    retention: retention.retention,
    retentionSetBy: retention.setBy,
    ...bounds,
    readTo,
    notGrown,
  }
}

/**
 * Number of readings in a row, including this one, in which the time left did not grow. The time left cannot grow while
 * the offset stands still. The time left grows if the group reads records faster than they were written.
 */
function readingsNotGrown(
  { offset, readTo }: { offset: bigint; readTo: number | null },
  before: UnreadBefore | undefined,
  { startedAt }: UnreadContext,
): number {
  if (before?.unread?.evidence !== 'bounded') return 1
  const { readTo: readToBefore, notGrown } = before.unread
  if (before.offset === offset) return notGrown + 1
  if (readTo === null || readToBefore === null) return 1
  return readTo - readToBefore > startedAt - before.seenFrom ? 1 : notGrown + 1
}

/** The offset at which a group continues to read: its committed offset, or the log start if that is higher. */
export const firstUnread = (offset: bigint, logStart: bigint): bigint =>
  offset < logStart ? logStart : offset

/**
 * True if there are only a few offsets to the log end, and no reading shows that the log end has moved since the
 * commit.
 */
export function isFew(
  atMost: bigint,
  { offset, logEnd }: Pick<UnreadIn, 'offset' | 'logEnd'>,
  before: UnreadBefore | undefined,
): boolean {
  if (atMost > FEW) return false
  if (before === undefined || before.offset !== offset || before.logEnd === null) return true
  return before.logEnd === logEnd && (before.unread === null || before.unread.evidence === 'few')
}

export type TimeRetention = Extract<RecordsRetention, { by: 'time' }>

interface DeadlineBounds {
  earliest: number
  latest: number | null
}

function deadlineOf(
  first: bigint,
  { retention, segment, isCompacted }: TimeRetention,
  probes: readonly TimeProbe[],
  { startedAt, logSweep, clockSkew }: UnreadContext,
): DeadlineBounds {
  const { atLeast, below } = largestTimestamp(probes, first)
  // The reading found the record, so Kafka had not deleted it by then.
  const earliest = Math.max(startedAt, (atLeast ?? 0) + retention) - clockSkew

  // Kafka rolls the log when the largest timestamp of a batch is more than segment.ms later than that of the segment's
  // first batch. The cleaner merges segments, so a compacted topic has no such bound. Kafka: LogSegment.shouldRoll.
  if (below === null || isCompacted) return { earliest: inDateRange(earliest), latest: null }
  const largest = Math.max(below, atLeast ?? 0) + segment
  const latest = Math.max(startedAt, largest + retention) + logSweep + clockSkew
  return { earliest: inDateRange(earliest), latest: inDateRange(latest) }
}

/**
 * The bounds from the last reading that still hold. Kafka deletes from the log start on, so it keeps a record at least
 * as long as every earlier record. On a compacted topic no bound holds, since the cleaner removes the records that
 * prove a bound.
 */
function boundsBefore(
  first: bigint,
  before: UnreadBefore | undefined,
  { retention, isCompacted }: TimeRetention,
): DeadlineBounds | null {
  if (before?.unread == null || before.logStart === null || isCompacted) return null
  const { earliest, latest } = before.unread
  const firstBefore = firstUnread(before.offset, before.logStart)
  if (earliest === null || before.unread.retention !== retention || firstBefore > first) return null
  return { earliest, latest: firstBefore === first ? latest : null }
}

/** A `latest` that has passed was wrong: a setting has changed, or a sweep is late. */
function narrower(
  { earliest, latest }: DeadlineBounds,
  known: DeadlineBounds | null,
  { startedAt }: UnreadContext,
): DeadlineBounds {
  if (known === null) return { earliest, latest }
  const later = Math.max(earliest, known.earliest)
  const holds = known.latest !== null && known.latest >= Math.max(later, startedAt)
  const sooner = Math.min(latest ?? Infinity, holds ? (known.latest ?? Infinity) : Infinity)
  return { earliest: later, latest: Number.isFinite(sooner) ? sooner : null }
}

/** True if the last reading knew the deadline so precisely that no leader has to be asked. */
export function isKnownClosely(
  first: bigint,
  before: UnreadBefore | undefined,
  retention: TimeRetention,
  { logSweep, clockSkew, ...plan }: ProbePlan & Omit<UnreadContext, 'startedAt'>,
): boolean {
  const known = boundsBefore(first, before, retention)
  if (known === null) return false
  const latest = known.latest ?? Infinity
  if (latest < plan.now) return false
  return looseness(known.earliest + clockSkew, latest - clockSkew - logSweep - retention.segment, plan) <= 1
}
