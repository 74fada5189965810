import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { groupPartition } from '../../core/group-partition.ts'
import { keyOf } from '../../core/model/topic-partition.ts'
import type { GroupReading } from '../../core/reading.ts'
import type { OffsetLogReading } from '../consumer-offsets/read-log.ts'

/** Groups that this run has read, with their rows of `offsets`. */
export interface GroupsRead {
  read: ReadonlyMap<string, Pick<GroupReading, 'from' | 'to'>>
  offsets: Pick<CommittedOffsets, 'topic' | 'partition' | 'offset'>
}

/** By which number of partitions the brokers place the groups in `__consumer_offsets`. */
export type Placement =
  /** By no number: this is another server, with another hash. */
  | { kind: 'unrelated' }
  | {
      kind: 'hash'
      placedOver: number
      /** Groups whose current offset stands where this run did not look for it. */
      elsewhere: ReadonlySet<string>
      /** They stand where a raised number places them, so their brokers have restarted and lost what was before. */
      isAfterRestart: boolean
    }

/** So many groups fit a wrong number by chance only once in hundreds of times. */
const FEWEST_GROUPS = 3

/**
 * Whether the groups' current offsets stand where `placedOver` partitions place them; where not, by which other number
 * they do: the raised one, after its brokers have restarted, or a smaller one, where it was raised before anybody looked.
 * @param partitions the number that the cluster tells
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

/** In which partition each group's current offset stands, as far as this run has read it. */
function placesOf(
  reading: OffsetLogReading,
  { read, offsets }: GroupsRead,
  placedOver: number,
): Map<string, number> {
  const places = new Map<string, number>()
  const { log } = reading
  for (const [name, { from, to }] of read) {
    const [commits, strays] = [log.group(name)?.commits, log.straysOf(name)]
    if (commits === undefined || (strays.size > 0 && !reading.of(name)?.caughtUp)) continue
    for (let i = from; i < to && !places.has(name); i++) {
      const key = keyOf({ topic: offsets.topic[i] ?? '', partition: offsets.partition[i] ?? 0 })
      const stray = strays.get(key)
      if (commits.get(key)?.last) places.set(name, groupPartition(name, placedOver))
      else if (stray && stray.offset === offsets.offset[i]) places.set(name, stray.place)
    }
  }
  return places
}
