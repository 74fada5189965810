import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { groupPartition } from '../../core/group-partition.ts'
import { keyOf } from '../../core/model/topic-partition.ts'
import type { GroupReading } from '../../core/reading.ts'
import type { OffsetLogReading } from '../consumer-offsets/read-log.ts'

/** Groups of this run, with their rows of `offsets`. */
export interface GroupsRead {
  read: ReadonlyMap<string, Pick<GroupReading, 'from' | 'to'>>
  offsets: Pick<CommittedOffsets, 'topic' | 'partition' | 'offset'>
}

/** The number of partitions by which brokers place groups in `__consumer_offsets`. */
export type Placement =
  /** No number of partitions explains where the records are: this is another server, with another hash. */
  | { kind: 'unrelated' }
  | {
      kind: 'hash'
      placedOver: number
      /** Groups whose current offset is in another partition than the one that this run searched. */
      elsewhere: ReadonlySet<string>
      /**
       * True if the offsets are where the raised number of partitions places them. Then the brokers have restarted and
       * lost the earlier offsets.
       */
      isAfterRestart: boolean
    }

/**
 * The smallest number of groups that decide on a number of partitions. A wrong number of partitions fits this many
 * groups by chance only once in several hundred times.
 */
const FEWEST_GROUPS = 3

/**
 * Checks whether the groups' current offsets are where `placedOver` partitions place them. If not, finds the number of
 * partitions that fits. After a restart of the brokers, the raised number fits. If the topic got more partitions before
 * the first snapshot, a smaller number fits.
 * @param partitions the topic's current number of partitions
 */
export function placementOf(
  reading: OffsetLogReading,
  groups: GroupsRead,
  placedOver: number,
  partitions: number,
): Placement {
  if (!reading.log.hasStrays) return { kind: 'hash', placedOver, elsewhere: new Set(), isAfterRestart: false }
  const places = placesOf(reading, groups, placedOver)
  const elsewhere = new Set(
    [...places].flatMap(([group, place]) => (place === groupPartition(group, placedOver) ? [] : [group])),
  )
  const found = { kind: 'hash', placedOver, elsewhere, isAfterRestart: false } as const
  if (elsewhere.size === 0) return found

  const fits = (group: string, number: number) => places.get(group) === groupPartition(group, number)
  if (placedOver < partitions && [...elsewhere].every(group => fits(group, partitions)))
    return { ...found, isAfterRestart: true }

  const groupsPlaced = [...places.keys()]
  const numbers = Array.from({ length: partitions }, (_, i) => partitions - i)
  const number = numbers.find(number => groupsPlaced.every(group => fits(group, number)))
  return number === undefined || groupsPlaced.length < FEWEST_GROUPS
    ? { kind: 'unrelated' }
    : { ...found, placedOver: number }
}

/** For each group, the partition of `__consumer_offsets` that has its current offset, as far as this run has read. */
function placesOf(
  reading: OffsetLogReading,
  { read, offsets }: GroupsRead,
  placedOver: number,
): Map<string, number> {
  const places = new Map<string, number>()
  const { log } = reading
  for (const [name, { from, to }] of read) {
    const [commits, strays] = [log.group(name)?.commits, log.straysOf(name)]
    if (commits === undefined || (strays.size > 0 && !reading.readingOf(name)?.caughtUp)) continue
    for (let i = from; i < to && !places.has(name); i++) {
      const key = keyOf({ topic: offsets.topic[i] ?? '', partition: offsets.partition[i] ?? 0 })
      const stray = strays.get(key)
      if (commits.get(key)?.last) places.set(name, groupPartition(name, placedOver))
      else if (stray && stray.offset === offsets.offset[i]) places.set(name, stray.place)
    }
  }
  return places
}
