import { message } from '../message.ts'

export interface OffsetCommitRequest {
  group: string
  topics: { topic: string; partitions: OffsetToCommit[] }[]
  /** RetentionTimeMs, a retention for these offsets alone, which only v2–v4 have. Undefined: the broker's retention. */
  retention?: number
}

export interface OffsetToCommit {
  partition: number
  offset: bigint
  /** Undefined or null: no epoch. Not sent before v6 (Kafka 2.1). */
  leaderEpoch?: number | null
  metadata?: string
}

export interface CommitResult {
  topic: string
  partition: number
  error: number
}

const NO_MEMBER = { generation: -1, id: '' }
const NONE = -1

/**
 * OffsetCommit (8), v2–v9, without a member. The broker accepts the request if the group has no members or does not
 * exist. Otherwise the broker answers UNKNOWN_MEMBER_ID for every partition. No broker checks that offsets are within
 * the log. v10 names topics by id only.
 */
export const offsetCommit = message<OffsetCommitRequest, CommitResult[]>({
  name: 'OffsetCommit',
  key: 8,
  versions: [2, 9],
  flexibleFrom: 8,

  write(w, { group, topics, retention = NONE }, version) {
    w.string(group)
    w.int32(NO_MEMBER.generation)
    w.string(NO_MEMBER.id)
    if (version >= 7) w.string(null) // group instance id
    if (version <= 4) w.int64(BigInt(retention))

    w.array(topics, ({ topic, partitions }) => {
      w.string(topic)
      w.array(partitions, ({ partition, offset, leaderEpoch, metadata = '' }) => {
        w.int32(partition)
        w.int64(offset)
        if (version >= 6) w.int32(leaderEpoch ?? NONE)
        w.string(metadata)
        w.tags()
      })
      w.tags()
    })
  },

  read(r, version) {
    if (version >= 3) r.int32() // throttle time
    const results = r.array(() => {
      const topic = r.string()
      const partitions = r.array(() => {
        const result = { topic, partition: r.int32(), error: r.int16() }
        r.tags()
        return result
      })
      r.tags()
      return partitions
    })
    return results.flat()
  },
})
