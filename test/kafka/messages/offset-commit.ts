import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../../functions/kafka/connection.ts'
import { errorName } from '../../../functions/kafka/errors.ts'
import { message } from '../../../functions/kafka/message.ts'
import { findCoordinator } from '../../../functions/kafka/messages/find-coordinator.ts'

export interface OffsetToCommit {
  topic: string
  partition: number
  offset: bigint
  leaderEpoch?: number
  metadata?: string
}

export interface OffsetCommitRequest {
  group: string
  offsets: readonly OffsetToCommit[]
  /** RetentionTimeMs: written up to v4 only; undefined is the broker's retention. */
  expiresIn?: number
}

interface CommitResult {
  topic: string
  partition: number
  error: number
}

/** OffsetCommit (8), v2–v9, by nobody's member: accepted where the group is empty or absent. */
export const offsetCommit = message<OffsetCommitRequest, CommitResult[]>({
  name: 'OffsetCommit',
  key: 8,
  versions: [2, 9],
  flexibleFrom: 8,

  write(w, { group, offsets, expiresIn = -1 }, version) {
    w.string(group)
    w.int32(-1) // generation
    w.string('') // member id
    if (version >= 7) w.string(null) // group instance id
    if (version <= 4) w.int64(BigInt(expiresIn))

    w.array(offsets, ({ topic, partition, offset, leaderEpoch = -1, metadata = '' }) => {
      w.string(topic)
      w.array([partition], index => {
        w.int32(index)
        w.int64(offset)
        if (version >= 6) w.int32(leaderEpoch)
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

/** The only versions that can give an offset a deadline of its own. */
export const expiringOffsetCommit = { ...offsetCommit, versions: [2, 4] } as const

/** Commits to the group's coordinator, which may have to create `__consumer_offsets` first. Throws on any error. */
export async function commitOffsets(connection: Connection, request: OffsetCommitRequest): Promise<void> {
  const message = request.expiresIn === undefined ? offsetCommit : expiringOffsetCommit

  for (let attempt = 1; ; attempt++) {
    const [found] = await connection.sendToAny(findCoordinator, { groups: [request.group] })
    const results = found?.error === 0 ? await connection.send(found.broker, message, request) : []
    const error = found?.error || results.find(result => result.error !== 0)?.error
    if (!error) return

    const isLoading = [14, 15, 16].includes(error)
    if (!isLoading || attempt === 50) throw new Error(`commit of "${request.group}": ${errorName(error)}`)
    await sleep(200)
  }
}
