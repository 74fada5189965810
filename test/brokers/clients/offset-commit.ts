import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../../functions/kafka/connection/connection.ts'
import { errorName } from '../../../functions/kafka/protocol/errors.ts'
import { findCoordinator } from '../../../functions/kafka/protocol/messages/find-coordinator.ts'
import {
  type OffsetToCommit,
  offsetCommit,
} from '../../../functions/kafka/protocol/messages/offset-commit.ts'

export interface OffsetsToCommit {
  group: string
  offsets: readonly (OffsetToCommit & { topic: string })[]
  /** ms until the offsets expire; undefined for the broker's retention. */
  expiresIn?: number
}

/** The only versions in which a commit can have its own expiry. */
const expiringOffsetCommit = { ...offsetCommit, versions: [2, 4] } as const

/** Commits to the group's coordinator, which may have to create `__consumer_offsets` first. Throws on any error. */
export async function commitOffsets(
  connection: Connection,
  { group, offsets, expiresIn }: OffsetsToCommit,
): Promise<void> {
  const message = expiresIn === undefined ? offsetCommit : expiringOffsetCommit
  const request = {
    group,
    topics: offsets.map(({ topic, ...offset }) => ({ topic, partitions: [offset] })),
    ...(expiresIn === undefined ? {} : { retention: expiresIn }),
  }

  for (let attempt = 1; ; attempt++) {
    const [found] = await connection.sendToAny(findCoordinator, { groups: [group] })
    const results = found?.error === 0 ? await connection.send(found.broker, message, request) : []
    const error = found?.error || results.find(result => result.error !== 0)?.error
    if (!error) return

    const isLoading = [14, 15, 16].includes(error)
    if (!isLoading || attempt === 300) throw new Error(`commit of "${group}": ${errorName(error)}`)
    await sleep(200)
  }
}
