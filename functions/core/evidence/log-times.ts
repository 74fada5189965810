import type { TimeProbe } from '../reading.ts'
import { inDateRange } from '../time.ts'

/** The largest timestamp of the records up to an offset, that offset included, as far as probes tell. */
export interface LargestTimestamp {
  /** At least this, ms since the epoch; null: no probe tells. */
  atLeast: number | null
  /** Less than this; null: no probe tells. */
  below: number | null
}

/**
 * Kafka deletes whole segments from the log start on, each when its largest timestamp is old enough. So the largest
 * timestamp up to an offset keeps the record at that offset. ListOffsets looks in the first segment whose largest
 * timestamp is not smaller, so its answers ascend with the timestamps asked for. Kafka: UnifiedLog.
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
 * About when the records up to an offset were written, ms since the epoch: between two probes, timestamps are taken to
 * ascend evenly. Null where no probe found a record up to the offset.
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

/** Which deadlines of records are wanted, and how closely. */
export interface ProbePlan {
  /** retention.ms */
  retention: number
  /** ms since the epoch */
  now: number
  /** Of a deadline that is further away than this, ms, it is enough to know that it is. */
  horizon: number
}

/** The first question reaches so much further than the horizon that its answer serves several snapshots. */
const REACH = 1.5
/** A deadline is wanted to this part of the time left, and no closer than to this part of the horizon. */
const PART_OF_TIME_LEFT = 1 / 2
const PART_OF_HORIZON = 1 / 64

/**
 * How much a deadline is known too loosely: the width of its interval as a multiple of what is enough. 1 or less where
 * nothing more is wanted.
 * @param earliest ms since the epoch @param latest likewise, without what a segment adds
 */
export function looseness(earliest: number, latest: number, { now, horizon }: ProbePlan): number {
  const left = Math.max(0, earliest - now)
  if (left >= horizon) return 0
  return (latest - now - left) / Math.max(1, horizon * PART_OF_HORIZON, left * PART_OF_TIME_LEFT)
}

/**
 * The timestamp to ask for next, ms since the epoch; null once enough is known. The first one finds the deadlines beyond
 * the horizon; further ones halve the interval that is known most loosely.
 * @param offsets of the partition's groups that have unread records
 */
export function nextProbe(
  probes: readonly TimeProbe[],
  offsets: Iterable<bigint>,
  plan: ProbePlan,
): number | null {
  const { retention, now, horizon } = plan
  // Negative timestamps have a meaning of their own in ListOffsets.
  if (probes.length === 0) return Math.max(0, Math.floor(now + horizon * REACH - retention))

  let [loosest, next]: [number, number | null] = [1, null]
  for (const offset of offsets) {
    const { atLeast, below } = largestTimestamp(probes, offset)
    if (below === null) continue
    // A record that could be deleted now is not wanted closer.
    const from = Math.max(0, now - retention, atLeast ?? 0)
    const loose = looseness(from + retention, below + retention, plan)
    if (loose > loosest) [loosest, next] = [loose, Math.ceil(from + (below - from) / 2)]
  }
  return next
}
