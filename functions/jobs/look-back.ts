import {
  eventsBetween,
  type GroupRows,
  type HistoryEvent,
  isChanged,
  lastLossBetween,
} from '../core/recovery/group-history.ts'
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import type { SkipOptions, SnapshotHistory } from './ports.ts'

export interface LookBack extends SkipOptions {
  cluster: string
  group: string
  topic: string | undefined
  /** The history ends with the newest snapshot at or before this time, ms since the epoch. */
  until: number
  /**
   * The history begins with the newest snapshot at or before this time, ms since the epoch; undefined: two weeks
   * earlier.
   */
  since: number | undefined
  /**
   * ms between the snapshots that show steady moves of an offset. Undefined: chosen so that about MOST_READ snapshots
   * are read.
   */
  every: number | undefined
  snapshots: SnapshotHistory
}

export interface History {
  /** Oldest first. */
  events: HistoryEvent[]
  /** The snapshots that were read, oldest first: the points of a plot. */
  readings: GroupRows[]
  /** Number of snapshots in the time of the history. */
  snapshots: number
  /**
   * Moves are shown by snapshots at most this many ms apart. Losses and resets are shown exactly. 0: every snapshot was
   * read.
   */
  every: number
  /** False if there are older snapshots than the default two weeks. */
  complete: boolean
  /**
   * Kafka's id of the cluster that had the name before; null if there is none. The history leaves out the snapshots of
   * that cluster.
   */
  predecessor: string | null
}

const TWO_WEEKS = 14 * DAY

/** Most snapshots that are read by default, apart from those around losses. */
const MOST_READ = 60

const AT_ONCE = 16

/**
 * ms. Snapshots further apart than this are not compared: the row of an ignored group is removed a day after its loss.
 */
const WIDEST = 12 * HOUR

const steps = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR]

/**
 * Two snapshots that were read, and the times of the unread snapshots between them, oldest first. `older` undefined:
 * there is none.
 */
interface Gap {
  older: GroupRows | undefined
  between: number[]
  newer: GroupRows
}

/**
 * The history of a group's offsets. Reads few snapshots, in parallel, and compares neighbours. If two neighbours
 * differ, it reads snapshots between them, until each move is known to `every` and each loss to the snapshot that found
 * it.
 */
export async function lookBack(asked: LookBack): Promise<History> {
  const { cluster, group, topic, snapshots, ...skip } = asked
  const read = async (takenAt: number) => {
    const found = await snapshots.historyRows(cluster, takenAt, group, skip)
    return found && { ...found, rows: found.rows.filter(row => (topic ?? row.topic) === row.topic) }
  }
  const { times, base, isCut } = await timesOf(asked, read)
  const every = asked.every ?? stepOf(times)
  let newest: GroupRows | undefined
  while (!newest && times.length > 0) newest = await read(times.pop() ?? 0)

  const readings = [base, newest].filter(reading => reading !== undefined)
  let gaps: Gap[] = newest ? [{ older: base, between: times, newer: newest }] : []
  while (gaps.length > 0) {
    const wanted = gaps.map(gap => ({ gap, pivots: pivotsOf(gap, every) }))
    const found = await atOnce(
      wanted.flatMap(({ pivots }) => pivots),
      read,
    )
    readings.push(...found.values())
    gaps = wanted.flatMap(({ gap, pivots }) => (pivots.length > 0 ? divided(gap, pivots, found) : []))
  }
  return { ...historyOf(readings, base), snapshots: times.length + 1, every, complete: !isCut }
}

/** Times of the snapshots in the time of the history, oldest first, and the group's rows at its beginning. */
async function timesOf(
  { cluster, until, since, snapshots }: LookBack,
  read: (takenAt: number) => Promise<GroupRows | undefined>,
) {
  const times: number[] = []
  let from = since
  for await (const takenAt of snapshots.timesBack(cluster, until, TWO_WEEKS + DAY)) {
    from ??= takenAt - TWO_WEEKS
    if (takenAt > from) times.push(takenAt)
    else {
      const base = await read(takenAt)
      if (base) return { times: times.reverse(), base, isCut: since === undefined }
    }
  }
  return { times: times.reverse(), base: undefined, isCut: false }
}

function stepOf(times: readonly number[]): number {
  if (times.length <= MOST_READ) return 0
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return steps.find(step => span / step <= MOST_READ) ?? WIDEST
}

/** The snapshots between two neighbours to read next; empty if the neighbours show enough. */
function pivotsOf({ older, between, newer }: Gap, every: number): number[] {
  if (between.length === 0) return []
  // The cluster that had the name before has nothing to do with these offsets.
  const rows = older?.clusterId === newer.clusterId ? older.rows : []
  const width = newer.takenAt - (older?.takenAt ?? -Infinity)
  if (width > WIDEST) return spaced(older, between, newer, WIDEST)

  const lostBy = lastLossBetween(rows, newer.rows)
  if (lostBy !== undefined) {
    const found = [...between, newer.takenAt].findLastIndex(takenAt => takenAt < lostBy)
    const middle = between.length >> 1
    return found < 0 ? between.slice(middle, middle + 1) : between.slice(Math.max(0, found - 1), found + 1)
  }
  const isMoving = width > every && isChanged(rows, newer.rows)
  return isMoving ? spaced(older, between, newer, Math.max(every, width / 4)) : []
}

/** The fewest snapshots that leave gaps of at most `step` ms, if there are enough snapshots. */
function spaced(
  older: GroupRows | undefined,
  between: readonly number[],
  newer: GroupRows,
  step: number,
): number[] {
  let last = older?.takenAt ?? -Infinity
  return between.filter((takenAt, i) => {
    const isNext = (between[i + 1] ?? newer.takenAt) - last > step
    if (isNext) last = takenAt
    return isNext
  })
}

/** The gaps that are left after `pivots` were read. A pivot that could not be read is left out. */
function divided(
  { older, between, newer }: Gap,
  pivots: readonly number[],
  found: ReadonlyMap<number, GroupRows>,
): Gap[] {
  const gaps: Gap[] = []
  const tried = new Set(pivots)
  let [start, rest]: [Gap['older'], number[]] = [older, []]
  for (const takenAt of between) {
    const reading = found.get(takenAt)
    if (!tried.has(takenAt)) rest.push(takenAt)
    if (!reading) continue
    gaps.push({ older: start, between: rest, newer: reading })
    ;[start, rest] = [reading, []]
  }
  return [...gaps, { older: start, between: rest, newer }]
}

/** @param base the state before the time of the history; it yields no events */
function historyOf(known: GroupRows[], base: GroupRows | undefined) {
  const all = known.toSorted((a, b) => a.takenAt - b.takenAt)
  const replaced = all.findLastIndex(({ clusterId }) => clusterId !== all.at(-1)?.clusterId)
  const readings = all.slice(replaced + 1)
  const events = readings.flatMap((reading, i) => {
    if (reading === base) return []
    return eventsBetween(readings[i - 1]?.rows ?? [], reading.rows, reading.finishedAt)
  })
  return {
    events: events.sort((a, b) => a.by - b.by || (a.after ?? 0) - (b.after ?? 0)),
    readings,
    predecessor: all[replaced]?.clusterId ?? null,
  }
}

/** Reads snapshots in parallel. Unusable snapshots are left out. */
async function atOnce(
  times: readonly number[],
  read: (takenAt: number) => Promise<GroupRows | undefined>,
): Promise<Map<number, GroupRows>> {
  const found = new Map<number, GroupRows>()
  const queue = times.values()
  const readers = Array.from({ length: AT_ONCE }, async () => {
    for (const takenAt of queue) {
      const reading = await read(takenAt)
      if (reading) found.set(takenAt, reading)
    }
  })
  await Promise.all(readers)
  return found
}
