import { beforeAll, describe, expect, test } from '@jest/globals'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import { groupPartition } from '../../../functions/core/group-partition.ts'
import { keyOf } from '../../../functions/core/model/topic-partition.ts'
import type { LogCursor, LogReading } from '../../../functions/core/reading.ts'
import { BrokerError } from '../../../functions/kafka/protocol/errors.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { newScan } from '../../../functions/kafka/requests/scan.ts'
import { beginCommitLog } from '../../../functions/kafka/scan/read-commit-log.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { witness } from '../../brokers/witness.ts'
import { connected } from '../scan/read.ts'

const topic = unique('commit-log')
const key = { topic, partition: 0 }
let bootstrap: readonly string[]

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic)
  // A broker's first commit creates __consumer_offsets.
  await commit(unique('commit-log'))
})

interface Groups {
  read?: string[]
  known?: string[]
  /** True if no partition has a leader when the run begins. */
  leaderless?: boolean
}

/** One run over the log, in which the offsets of the groups in `read` were readable. */
async function runAfter(cursors: readonly LogCursor[], { read = [], known = read, leaderless }: Groups) {
  const named = (groups: string[]) => new Map(groups.map(group => [group, { from: 0, to: 0 }]))
  const offsets = new CommittedOffsets()
  const reading = await connected(bootstrap, {}, async connection => {
    const request = { topics: ['__consumer_offsets'], includeOperations: true }
    const { topics } = await connection.sendToAny(metadata, request)
    const options = { budget: { ms: 60_000, bytes: 2 ** 31 }, clockSkew: 60_000 }
    const send = connection.send.bind(connection)
    if (leaderless)
      connection.send = async () => Promise.reject(new BrokerError(1, 'leaderless', 'no leader'))
    const end = await beginCommitLog(newScan(connection, {}), topics[0], options, Date.now)
    connection.send = send
    const { log } = await end({ read: named(read), known: named(known), offsets }, { cursors: [...cursors] })
    return log
  })
  if (reading === undefined) throw new Error('the log could not be read')
  return reading
}

const commit = (group: string, more = {}) =>
  commitRaw(bootstrap, [{ group, offsets: [{ ...key, offset: 5n }], ...more }])
const found = (reading: LogReading, group: string) => reading.groupLog(group)?.commits.get(keyOf(key))
const cursorOf = ({ cursors }: { cursors: readonly LogCursor[] }, group: string) =>
  cursors.find(({ partition }) => partition === groupPartition(group, 4))

describe('the next run reads again what this run could not use:', () => {
  test('a commit of an unknown group', async () => {
    const group = unique('commit-log')
    const { cursors } = await runAfter([], {})
    await commit(group)
    const unread = await runAfter(cursors, {})
    expect(found(unread, group)?.last?.offset).toBe(5n)
    expect(found(await runAfter(unread.cursors, { read: [group] }), group)?.last?.offset).toBe(5n)
  })

  test('a tombstone of a known group', async () => {
    const group = unique('commit-log')
    const { cursors } = await runAfter([], {})
    await commit(group, { expiresIn: 100 })
    await using truth = await witness(bootstrap)
    await truth.waitUntilGone(group, key)

    const unread = await runAfter(cursors, { known: [group] })
    expect(found(unread, group)?.tombstoneAt).toEqual(expect.any(Number))
    expect(found(await runAfter(unread.cursors, { read: [group] }), group)).toBeDefined()
  })
})

test('a run that begins without leaders keeps the cursors for the next run', async () => {
  const group = unique('commit-log')
  await commit(group)
  const { cursors } = await runAfter([], { read: [group] })
  const next = await runAfter(cursors, { read: [group], leaderless: true })
  expect(next.progress.caughtUp).toBe(true)
  expect(cursorOf(next, group)?.to).toBe(cursorOf({ cursors }, group)?.to)
})

test('an expiry near 2^63, which a broker stores, becomes the latest time that a Date can hold', async () => {
  const group = unique('commit-log')
  await commit(group, { expiresIn: 9.2e18 })
  const log = await runAfter([], { read: [group] })
  expect(found(log, group)?.last?.expiresAt).toBe(8.64e15)
})

describe('a reload of a partition by its coordinator', () => {
  const group = unique('commit-log')

  test("is reported until the partition's groups have been read", async () => {
    await commit(group)
    const { cursors } = await runAfter([], { read: [group] })
    const epoch = cursorOf({ cursors }, group)?.coordinatorEpoch ?? -1
    const before = cursors.map(cursor => ({ ...cursor, coordinatorEpoch: epoch + 1 }))

    const loading = await runAfter(before, { known: [group] })
    expect([loading.groupLog(group)?.reloaded, cursorOf(loading, group)?.coordinatorEpoch]).toEqual([
      true,
      epoch + 1,
    ])
    const loaded = await runAfter(loading.cursors, { read: [group] })
    expect([loaded.groupLog(group)?.reloaded, cursorOf(loaded, group)?.coordinatorEpoch]).toEqual([
      true,
      epoch,
    ])
    const next = await runAfter(loaded.cursors, { read: [group] })
    expect(next.groupLog(group)?.reloaded).toBe(false)
  })
})
