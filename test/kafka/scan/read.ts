import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { merge } from '../../../functions/core/evidence/merge.ts'
import type { KafkaSettings } from '../../../functions/core/model/settings.ts'
import type { Reading } from '../../../functions/core/reading.ts'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import { type ReadOptions, readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { plaintext } from '../../builders/kafka-settings.ts'

/** One reading over its own connection. */
export async function read(
  bootstrap: readonly string[],
  { base, ...options }: Partial<Omit<ReadOptions, 'base'>> & { base?: CommitTable | undefined } = {},
  settings: Partial<KafkaSettings> = {},
): Promise<Reading> {
  const before = base && knowing(base)
  return connected(bootstrap, settings, connection =>
    readCluster(connection, { now: Date.now, previous: before, ...options }),
  )
}

/** A last snapshot with these commits. */
export const knowing = (commits: CommitTable) => async () => ({ commits, cursors: [] })

export async function connected<T>(
  bootstrap: readonly string[],
  settings: Partial<KafkaSettings>,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect({ ...plaintext(...bootstrap), ...settings })
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

/**
 * The rows of a snapshot of this reading.
 * @param before the last snapshot
 */
export const baseOf = (reading: Reading, before = CommitTable.empty(0)): CommitTable =>
  merge(before, reading, {
    previousReadAt: null,
    clockSkew: 0,
    restored: [],
    keepsMetadata: () => true,
    keepsMembers: () => true,
    keepsGone: () => 0,
  })

/** A group's offsets as `topic-partition: offset`, or `pending` for a pending transactional commit. */
export function offsetsOf({ groups, offsets }: Reading, group: string): string[] | undefined {
  const range = groups.get(group)
  if (range === undefined) return undefined

  const rows: string[] = []
  for (let i = range.from; i < range.to; i++) {
    if (offsets.group[i] !== group)
      throw new Error(`row ${i} belongs to ${offsets.group[i]}, not to ${group}`)
    const pending = offsets.pending[i] === 1 ? ' pending' : ''
    rows.push(`${offsets.topic[i]}-${offsets.partition[i]}: ${offsets.offset[i]}${pending}`)
  }
  return rows.sort()
}
