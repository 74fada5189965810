/** Where an offset stood when it was last seen. */
export interface LastSeen {
  /** End of that reading, ms since the epoch. */
  at: number
  /** The log then; null where it is not known. */
  log: Log | null
  /** The topic is known to have been deleted since. */
  isDeleted: boolean
}

interface Log {
  start: bigint
  end: bigint
}

/**
 * Whether a topic was deleted and created again since an offset in it was last seen, by what its log says. For clusters
 * that tell no topic ids: Kafka before 2.8, and some services.
 *
 * Neither end of a log moves back by itself. And records before the offset were there when it was last seen, so not all
 * of the log can have been written later. False proves nothing: a new topic's log may look like the old one's.
 * @param firstAfter the first offset written after it was last seen, or the log's end where there is none
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

/** Whether a log starts or ends lower than it did before. */
export const hasMovedBack = (before: Log | null, now: Log | null): boolean =>
  before !== null && now !== null && (now.start < before.start || now.end < before.end)
