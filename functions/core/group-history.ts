import type { Commit, GoneReason } from './model.ts'
import { keyOf, type TopicPartition } from './topic-partition.ts'

/** Something that became of one partition's offset between two readings. Times are ms since the epoch. */
export type HistoryEvent = TopicPartition & {
  /** Not before: the end of the last reading that did not show it yet; null where there is none. */
  after: number | null
  /** Not after: the end of the reading that showed it. */
  by: number
} & (
    | { kind: 'first-seen'; offset: bigint }
    | { kind: 'moved'; from: bigint; offset: bigint }
    | { kind: 'gone'; offset: bigint; reason: GoneReason }
    /** Lost, and committed again. */
    | { kind: 'reset'; from: bigint; offset: bigint; reason: GoneReason }
  )

/** What happened to a group's offsets between two snapshots. */
export function eventsBetween(older: readonly Commit[], newer: readonly Commit[]): HistoryEvent[] {
  const before = new Map(older.map(commit => [keyOf(commit), commit]))
  return newer.flatMap(commit => eventOf(before.get(keyOf(commit)), commit) ?? [])
}

/** When a row last changed, as far as the row itself tells: no snapshot after that has to be read. */
export const changedAt = ({ gone, valueSeenAt }: Commit): number => gone?.latest ?? valueSeenAt

function eventOf(older: Commit | undefined, newer: Commit): HistoryEvent | undefined {
  const { topic, partition, offset, gone, before, valueSeenAt } = newer
  const key = { topic, partition }

  if (gone) {
    if (older?.gone) return undefined
    return { ...key, kind: 'gone', after: gone.earliest, by: gone.latest, offset, reason: gone.reason }
  }
  if (older === undefined) return { ...key, kind: 'first-seen', after: null, by: newer.firstSeenAt, offset }

  const isLost = before !== null && before.lostBy !== older.before?.lostBy
  if (isLost && before.reason !== 'moved-back') {
    const { seenAt: after, lostBy: by, offset: from, reason, resetTo } = before
    return { ...key, kind: 'reset', after, by, from, offset: resetTo, reason }
  }
  if (offset === older.offset) return undefined
  return { ...key, kind: 'moved', after: older.seenAt, by: valueSeenAt, from: older.offset, offset }
}
