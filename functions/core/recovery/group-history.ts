import type { Commit, GoneReason, PreviousCommit } from '../model/commit.ts'
import { keyOf, type TopicPartition } from '../model/topic-partition.ts'

/** The part of a row that a history needs. */
export type HistoryRow = Pick<
  Commit,
  'topic' | 'partition' | 'topicId' | 'offset' | 'logEnd' | 'firstSeenAt' | 'valueSeenAt' | 'seenAt' | 'gone'
> & {
  committed: Pick<Commit['committed'], 'latest'>
  previousCommit: Pick<PreviousCommit, 'offset' | 'seenAt' | 'reason' | 'lostBy' | 'resetTo'> | null
}

/** One group in one snapshot. Times are ms since the epoch. */
export interface GroupRows {
  clusterId: string
  takenAt: number
  finishedAt: number
  rows: HistoryRow[]
}

/** An event in the life of one partition's offset, between two readings. Times are ms since the epoch. */
export type HistoryEvent = TopicPartition & {
  /** Lower bound of the event's time; null if no earlier reading exists. */
  after: number | null
  /** Upper bound of the event's time: the end of the reading that showed it, or the commit's own time. */
  by: number
} & (
    | { kind: 'first-seen'; offset: bigint }
    | { kind: 'moved'; from: bigint; offset: bigint }
    | { kind: 'gone'; offset: bigint; reason: GoneReason }
    /** Lost, and committed again. */
    | { kind: 'reset'; from: bigint; offset: bigint; reason: GoneReason }
  )

/**
 * The events of a group's offsets between two snapshots.
 * @param readBy end of the newer snapshot's reading, ms
 */
export function eventsBetween(
  older: readonly HistoryRow[],
  newer: readonly HistoryRow[],
  readBy: number,
): HistoryEvent[] {
  const before = new Map(older.map(commit => [keyOf(commit), commit]))
  return newer.flatMap(commit => eventOf(before.get(keyOf(commit)), commit, readBy) ?? [])
}

/**
 * True if any offset came, went or moved between two snapshots. An offset that moved there and back has a later
 * `valueSeenAt`.
 */
export function isChanged(older: readonly HistoryRow[], newer: readonly HistoryRow[]): boolean {
  const before = new Map(older.map(row => [keyOf(row), row]))
  return newer.some(row => {
    const known = before.get(keyOf(row))
    return known?.offset !== row.offset || known.valueSeenAt !== row.valueSeenAt
  })
}

/**
 * An upper bound of the time of the last loss or reset between two snapshots, ms since the epoch. 0 if the rows do not
 * show the time; undefined if there was no loss. The rows of a lost offset stay for at least a day, so the snapshots
 * must not be further apart.
 */
export function lastLossBetween(
  older: readonly HistoryRow[],
  newer: readonly HistoryRow[],
): number | undefined {
  const left = new Map(older.map(row => [keyOf(row), row]))
  const lost = newer.filter(row => {
    const known = left.get(keyOf(row))
    left.delete(keyOf(row))
    return lossMark(row) !== lossMark(known ?? { ...row, gone: null, previousCommit: null })
  })
  const isForgotten = [...left.values()].some(({ gone }) => gone === null)
  if (lost.length === 0 && !isForgotten) return undefined
  return Math.max(
    0,
    ...lost.map(({ gone, previousCommit }) => Math.max(gone?.latest ?? 0, previousCommit?.lostBy ?? 0)),
  )
}

/**
 * A text that differs between two snapshots if a loss or a reset lies between them. A move backwards cannot hide a
 * loss, since the row keeps its lost offset. A recreated topic has another id.
 */
function lossMark({ gone, previousCommit: before, topicId }: HistoryRow): string {
  const lostBy = before === null || before.reason === 'moved-back' ? '' : before.lostBy
  return `${gone?.latest ?? ''} ${lostBy} ${topicId}`
}

/**
 * The smallest of the bounds that are not before `after`. The clock skew may move a row's bound past the end of its
 * reading. The time of a transactional commit may lie before the transaction ended, and so before the reading.
 */
const notAfter = (after: number, ...bounds: number[]) => Math.min(...bounds.filter(bound => bound >= after))

function eventOf(older: HistoryRow | undefined, newer: HistoryRow, readBy: number): HistoryEvent | undefined {
  const { topic, partition, offset, gone, previousCommit: before, valueSeenAt, committed } = newer
  const key = { topic, partition }

  if (gone) {
    if (older?.gone) return undefined
    const { earliest: after, latest, reason } = gone
    return { ...key, kind: 'gone', after, by: notAfter(after, latest, readBy), offset, reason }
  }
  if (older === undefined) return { ...key, kind: 'first-seen', after: null, by: newer.firstSeenAt, offset }

  const isLost = before !== null && before.lostBy !== older.previousCommit?.lostBy
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
