import type { CommittedOffsets } from '../../../core/columns/committed-offsets.ts'
import type { Absence } from '../../../core/reading.ts'
import { type Message, message, theOnly } from '../message.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

export interface OffsetFetchRequest {
  groups: GroupToFetch[]
  /**
   * True asks for UNSTABLE_OFFSET_COMMIT instead of the offset if a transactional commit to the partition is pending
   * (v7 and later).
   */
  requireStable: boolean
  /** Receives the offsets. An answer that cannot be decoded leaves nothing in it. */
  into: CommittedOffsets
}

export interface GroupToFetch {
  group: string
  /** Null asks for all visible offsets of the group. */
  topics: { topic: string; partitions: number[] }[] | null
}

/** A coordinator's answer about one group. The group's offsets are rows [from, to) of the request's `into`. */
export interface FetchedGroup {
  group: string
  error: number
  from: number
  to: number
  /** Partitions asked for by name for which the group has no offset. */
  absent: Absence[]
  errors: { topic: string; partition: number; error: number }[]
}

/** From this version on a request may name many groups (KIP-709). */
export const OFFSETS_OF_MANY_GROUPS = 8

/** From this version on a broker knows `requireStable` (KIP-447). */
const REQUIRE_STABLE = 7

const NO_OFFSET = -1n
const NO_LEADER_EPOCH = -1

const layout = message<OffsetFetchRequest, FetchedGroup[]>({
  name: 'OffsetFetch',
  key: 9,
  versions: [3, 9],
  flexibleFrom: 6,

  write(w, { groups, requireStable }, version) {
    if (version < OFFSETS_OF_MANY_GROUPS) writeGroup(w, theOnly(groups), version)
    else w.array(groups, group => writeGroup(w, group, version))
    if (version >= REQUIRE_STABLE) w.boolean(requireStable)
  },

  read(r, version, { groups, into }) {
    r.int32() // throttle time

    if (version < OFFSETS_OF_MANY_GROUPS) return [readGroup(r, version, into, theOnly(groups).group)]
    return r.array(() => {
      const fetched = readGroup(r, version, into, r.string())
      r.tags()
      return fetched
    })
  },
})

/**
 * OffsetFetch (9), v3–v9; before v8 a request names one group. v10 names topics by id only, so it hides the offsets of
 * deleted topics.
 */
export const offsetFetch: Message<OffsetFetchRequest, FetchedGroup[]> = {
  ...layout,

  decode(payload, request, version) {
    const before = request.into.length
    try {
      return layout.decode(payload, request, version)
    } catch (error) {
      truncate(request.into, before)
      throw error
    }
  },
}

function writeGroup(w: Writer, { group, topics }: GroupToFetch, version: number): void {
  w.string(group)
  if (version >= 9) {
    w.string(null) // member id
    w.int32(-1) // member epoch
  }
  w.array(topics, ({ topic, partitions }) => {
    w.string(topic)
    w.array(partitions, partition => w.int32(partition))
    w.tags()
  })
  if (version >= OFFSETS_OF_MANY_GROUPS) w.tags()
}

/** Plain loops, without an object for each offset: a cluster has hundreds of thousands of offsets. */
function readGroup(r: Reader, version: number, into: CommittedOffsets, group: string): FetchedGroup {
  const from = into.length
  const absent: FetchedGroup['absent'] = []
  const errors: FetchedGroup['errors'] = []

  for (let topics = r.count(); topics > 0; topics--) {
    const topic = r.string()

    for (let partitions = r.count(); partitions > 0; partitions--) {
      const partition = r.int32()
      const offset = r.int64()
      const leaderEpoch = version >= 5 ? r.int32() : NO_LEADER_EPOCH
      const metadata = r.nullableString() ?? ''
      const error = r.int16()
      r.tags()

      if (error !== 0) errors.push({ topic, partition, error })
      else if (offset === NO_OFFSET) absent.push({ topic, partition })
      // Brokers store any offset that a client sends. Consumers treat a negative one as missing.
      else if (offset < NO_OFFSET) absent.push({ topic, partition, negative: true })
      else into.push(group, topic, partition, offset, leaderEpoch, metadata, false)
    }
    r.tags()
  }

  return { group, error: r.int16(), from, to: into.length, absent, errors }
}

function truncate(offsets: CommittedOffsets, length: number): void {
  offsets.length = length
  offsets.group.length = length
  offsets.topic.length = length
  offsets.metadata.length = length
}
