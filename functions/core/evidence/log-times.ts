import type { TimeProbe } from '../reading.ts'
import { inDateRange } from '../time.ts'

/** The largest timestamp of the records up to and including an offset, as bounded by probes. */
export interface LargestTimestamp {
  /** The lower bound, ms since the epoch; null if no probe gives one. */
  atLeast: number | null
  /** The upper bound, exclusive; null if no probe gives one. */
  below: number | null
}

/**
 * Kafka deletes whole segments from the log start on, each when its largest timestamp is older than the retention. So
 * the largest timestamp up to an offset protects the record at that offset. ListOffsets returns a record of the first
 * segment whose largest timestamp is not before the given time, so a later time never gives a lower offset. Kafka:
 * UnifiedLog.fetchOffsetByTimestamp.
 */
export function largestTimestamp(probes: readonly TimeProbe[], offset: bigint): LargestTimestamp {
  let [atLeast, below]: [number | null, number | null] = [null, null]
  for (const { asked, found } of probes) {
    if (found !== null && found.offset <= offset) {
      atLeast = Math.max(atLeast ?? -Infinity, asked, found.timestamp)
    } else {
      below = Math.min(below ?? Infinity, asked)
    }
  }
  return { atLeast, below }
}

/**
 * An estimate of when the records up to an offset were written, ms since the epoch: between two probes, timestamps are
 * assumed to rise evenly. Null if no probe found a record up to the offset.
 */
export function estimatedTime(probes: readonly TimeProbe[], offset: bigint): number | null {
  let [from, to]: [TimeProbe['found'], TimeProbe['found']] = [null, null]
  for (const { found } of probes) {
    if (found === null) continue
    if (found.offset <= offset) from = from && from.timestamp > found.timestamp ? from : found
    else to = to && to.timestamp < found.timestamp ? to : found
  }
  if (from === null) return null
  const share = to === null ? 0 : Number(offset - from.offset) / Number(to.offset - from.offset)
  const length = Math.max(0, (to ?? from).timestamp - from.timestamp)
  return inDateRange(Math.round(from.timestamp + length * share))
}

/** The deadlines that are needed, and how precisely. */
export interface ProbePlan {
  /** retention.ms */
  retention: number
  /** ms since the epoch */
  now: number
  /** ms. A deadline further away than this does not have to be precise. */
  horizon: number
}

/** The first request reaches this much further than the horizon, so that its answer serves several snapshots. */
const REACH = 1.5
/** Precision of a deadline, as a fraction of the time left, but no finer than a fraction of the horizon. */
const PART_OF_TIME_LEFT = 1 / 2
const PART_OF_HORIZON = 1 / 64

/**
 * How imprecise a deadline is: the width of its interval, divided by the width that is enough. 1 or less: no further
 * request is needed.
 * @param earliest ms since the epoch
 * @param latest ms since the epoch, without the extra time of a segment
 */
export function looseness(earliest: number, latest: number, { now, horizon }: ProbePlan): number {
  const left = Math.max(0, earliest - now)
  if (left >= horizon) return 0
  return (latest - now - left) / Math.max(1, horizon * PART_OF_HORIZON, left * PART_OF_TIME_LEFT)
}

/**
 * The timestamp for the next ListOffsets, ms since the epoch; null when enough is known. The first request separates
 * the deadlines beyond the horizon. Each further request halves the least precise interval.
 * @param offsets of the partition's groups that have unread records
 */
export function nextProbe(
  probes: readonly TimeProbe[],
  offsets: Iterable<bigint>,
  plan: ProbePlan,
): number | null {
  const { retention, now, horizon } = plan
  // Negative timestamps have special meanings in ListOffsets.
  if (probes.length === 0) return Math.max(0, Math.floor(now + horizon * REACH - retention))

  let [loosest, next]: [number, number | null] = [1, null]
  for (const offset of offsets) {
    const { atLeast, below } = largestTimestamp(probes, offset)
    if (below === null) continue
    // The deadline of a record that Kafka may already have deleted does not have to be precise.
    const from = Math.max(0, now - retention, atLeast ?? 0)
    const loose = looseness(from + retention, below + retention, plan)
    if (loose > loosest) [loosest, next] = [loose, Math.ceil(from + (below - from) / 2)]
  }
  return next
}
