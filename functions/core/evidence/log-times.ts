import type { TimeProbe } from '../reading.ts'

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

export interface ProbePlan {
  /** retention.ms */
  retention: number
  /** ms since the epoch */
  now: number
  /** Deadlines within so many ms are wanted closely; of later ones it is enough that they are later. */
  horizon: number
}

/** How much closer than the horizon a deadline is wanted. */
const STEPS = 64

/**
 * The timestamp to ask for next, ms since the epoch; null once enough is known. The first one separates deadlines beyond
 * the horizon from those within; further ones halve what is least known.
 * @param offsets of the partition's groups that have unread records
 */
export function nextProbe(
  probes: readonly TimeProbe[],
  offsets: Iterable<bigint>,
  { retention, now, horizon }: ProbePlan,
): number | null {
  // Negative timestamps have a meaning of their own in ListOffsets.
  const atHorizon = Math.max(0, Math.floor(now + horizon - retention))
  if (probes.length === 0) return atHorizon

  let [widest, next]: [number, number | null] = [Math.max(1, horizon / STEPS), null]
  for (const offset of offsets) {
    const { atLeast, below } = largestTimestamp(probes, offset)
    // A record that could be deleted now is not wanted closer.
    const from = Math.max(0, now - retention, atLeast ?? 0)
    const width = below === null ? 0 : below - from
    if (width > widest) [widest, next] = [width, Math.ceil(from + width / 2)]
  }
  return next
}
