/** The last sighting of an offset, and the log at that time. */
export interface LastSeen {
  /** End of that reading, ms since the epoch. */
  at: number
  /** The log at that time; null if unknown. */
  log: Log | null
  /** True if the topic is known to have been deleted since. */
  isDeleted: boolean
}

interface Log {
  start: bigint
  end: bigint
}

/**
 * True if the log shows that a topic was recreated since an offset in it was last seen. For clusters without topic ids:
 * Kafka before 2.8, and some services.
 *
 * Two signs. First, the log starts or ends lower than before, which otherwise happens only if a failover truncates the
 * log. Second, the log reaches below the offset, but all its records were written after the sighting. False proves
 * nothing: the log of a new topic may look like the old one.
 * @param firstAfter the first offset written after the sighting, or the log's end if there is none
 */
export function isContradicted(
  offset: bigint,
  seen: LastSeen,
  log: Log | null,
  firstAfter: bigint | null,
): boolean {
  if (seen.isDeleted) return true
  if (log === null) return false
  if (hasMovedBack(seen.log, log)) return true
  return firstAfter !== null && firstAfter <= log.start && log.start < offset && log.start < log.end
}

/** True if a log starts or ends lower than before. */
export const hasMovedBack = (before: Log | null, now: Log | null): boolean =>
  before !== null && now !== null && (now.start < before.start || now.end < before.end)
