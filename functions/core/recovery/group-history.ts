import type { Commit, GoneReason } from '../model/commit.ts'
import { keyOf, type TopicPartition } from '../model/topic-partition.ts'

/** Something that became of one partition's offset between two readings. Times are ms since the epoch. */
export type HistoryEvent = TopicPartition & {
  /** Not before: the end of the last reading that did not show it yet; null where there is none. */
  after: number | null
  /** Not after: the end of the reading that showed it, or before that, where the commit's own time is known. */
  by: number
} & (
    | { kind: 'first-seen'; offset: bigint }
    | { kind: 'moved'; from: bigint; offset: bigint }
    | { kind: 'gone'; offset: bigint; reason: GoneReason }
    /** Lost, and committed again. */
    | { kind: 'reset'; from: bigint; offset: bigint; reason: GoneReason }
  )

/**
 * What happened to a group's offsets between two snapshots.
 * @param readBy end of the reading that the newer one is, ms
 */
export function eventsBetween(
  older: readonly Commit[],
  newer: readonly Commit[],
  readBy: number,
): HistoryEvent[] {
  const before = new Map(older.map(commit => [keyOf(commit), commit]))
  return newer.flatMap(commit => eventOf(before.get(keyOf(commit)), commit, readBy) ?? [])
}

/** When a row last changed, as far as the row itself tells: no snapshot after that has to be read. */
export const changedAt = ({ gone, valueSeenAt }: Commit): number => gone?.latest ?? valueSeenAt

/**
 * The nearest of these bounds. Those of a row allow for what the clocks differ, and so reach beyond the reading that they
 * are from; a commit's own time may be that of a transaction's, and come before.
 */
const notAfter = (after: number, ...bounds: number[]) => Math.min(...bounds.filter(bound => bound >= after))

function eventOf(older: Commit | undefined, newer: Commit, readBy: number): HistoryEvent | undefined {
  const { topic, partition, offset, gone, before, valueSeenAt, committed } = newer
  const key = { topic, partition }

  if (gone) {
    if (older?.gone) return undefined
    const { earliest: after, latest, reason } = gone
    return { ...key, kind: 'gone', after, by: notAfter(after, latest, readBy), offset, reason }
  }
  if (older === undefined) return { ...key, kind: 'first-seen', after: null, by: newer.firstSeenAt, offset }

  const isLost = before !== null && before.lostBy !== older.before?.lostBy
  if (isLost && before.reason !== 'moved-back') {
    const { seenAt: after, lostBy, offset: from, reason, resetTo } = before
    const known = resetTo === offset ? [valueSeenAt, committed.latest] : []
    const by = notAfter(after, lostBy, readBy, ...known)
    return { ...key, kind: 'reset', after, by, from, offset: resetTo, reason }
  }
  if (offset === older.offset) return undefined
  const after = older.seenAt
  const by = notAfter(after, valueSeenAt, committed.latest)
  return { ...key, kind: 'moved', after, by, from: older.offset, offset }
}
