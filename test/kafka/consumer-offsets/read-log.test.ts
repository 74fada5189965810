import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { groupPartition } from '../../../functions/core/group-partition.ts'
import type { OffsetLogReading } from '../../../functions/kafka/consumer-offsets/read-log.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { pendingOffsets } from '../../brokers/clients/transaction.ts'
import type { KafkaVersion } from '../../brokers/libraries.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { until } from '../../brokers/until.ts'
import { witness } from '../../brokers/witness.ts'
import { batchesOf, found, readLog, truthOf } from './reading.ts'

const MINUTE = 60_000
const topic = 'orders'
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const partition = { topic, partition: 0 }

const offset = ({ log }: OffsetLogReading, group: string) => log.group(group)?.commits.get(`0 ${topic}`)

/** The last record of each key is the same as for Kafka's own consumer. */
async function expectTruth(bootstrap: readonly string[], reading: OffsetLogReading): Promise<number> {
  const truth = await truthOf(bootstrap)
  for (const { timestamp, ...each } of truth) {
    expect(found(reading, { timestamp, ...each })).toEqual('offset' in each ? each : { ...each, timestamp })
  }
  return truth.length
}

/** Restarts the one node with another codec for `__consumer_offsets`; old batches stay as they are. */
async function restartWith({ nodes, folder }: Kafka, codec: number): Promise<void> {
  const file = join(folder, 'node-1', 'server.properties')
  const properties = (await readFile(file, 'utf8')).replace(/^offsets.topic.compression.codec=.*$\n/m, '')
  await writeFile(file, `${properties}offsets.topic.compression.codec=${codec}\n`)
  await nodes[0]?.stop()
  await nodes[0]?.start()
}

/**
 * Commits of every sort by one group each; waits until those that expire are gone.
 * @returns the time when another client no longer saw the brief commit, ms since the epoch
 */
async function writeCommits(bootstrap: readonly string[], name: string): Promise<number> {
  const many = Array.from({ length: 20 }, (_, i) => ({
    group: `${name}-many-${i}`,
    offsets: [0, 1, 2].map(index => ({
      topic,
      partition: index,
      offset: BigInt(i),
      leaderEpoch: 0,
      metadata: 'nøtt '.repeat(i),
    })),
  }))
  await commitRaw(bootstrap, many)
  await commitRaw(bootstrap, [
    { group: `${name}-brief`, offsets: [{ ...partition, offset: 7n }], expiresIn: 1000 },
    { group: `${name}-long`, offsets: [{ ...partition, offset: 8n }], expiresIn: 3_600_000 },
    { group: `${name}-deleted`, offsets: [{ ...partition, offset: 9n }] },
    { group: `${name}-reset`, offsets: [{ ...partition, offset: 3n, metadata: 'lost' }], expiresIn: 1000 },
  ])
  const committed = await pendingOffsets(bootstrap, `${name}-committed`, [{ ...partition, offset: 5n }])
  await committed.commit()
  const aborted = await pendingOffsets(bootstrap, `${name}-aborted`, [{ ...partition, offset: 6n }])
  await aborted.abort()

  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.deleteGroups([`${name}-deleted`])
  await admin.disconnect()
  await using truth = await witness(bootstrap)
  const goneAt = await truth.waitUntilGone(`${name}-brief`)
  for (const group of ['reset', 'deleted']) await truth.waitUntilGone(`${name}-${group}`)
  await commitRaw(bootstrap, [{ group: `${name}-reset`, offsets: [{ ...partition, offset: 1n }] }])
  return goneAt
}

describe.each<KafkaVersion>(['4.4.0', '3.9.2'])('the log of Kafka %s', version => {
  let kafka: Kafka
  let reading: OffsetLogReading
  /** By codec, the time when another client no longer saw the brief commit. */
  const goneAt = new Map<string, number>()

  beforeAll(async () => {
    kafka = await startKafka({ version, retentionMinutes: 60 })
    await createTopic(kafka.bootstrap, topic, { partitions: 3, records: 1 })
    for (const [codec, name] of codecs.entries()) {
      if (codec > 0) await restartWith(kafka, codec)
      goneAt.set(name, await writeCommits(kafka.bootstrap, name))
    }
    reading = await readLog(kafka.bootstrap)
  })
  afterAll(() => kafka?.close())

  test('is read to its end, whatever the compression of its batches', async () => {
    expect(new Set((await batchesOf(kafka)).map(({ codec }) => codec))).toEqual(new Set([0, 1, 2, 3, 4]))
    expect(reading).toMatchObject({ mode: 'exact', problems: [], remaining: 0 })
    expect(await expectTruth(kafka.bootstrap, reading)).toBeGreaterThanOrEqual(5 * 65)
  })

  describe.each(codecs)('with %s', name => {
    const time = expect.any(Number)

    test.each<[string, object]>([
      ['brief', { last: null, tombstoneAt: time, before: { offset: 7n, expiresAt: time } }],
      ['long', { last: { offset: 8n, expiresAt: time }, tombstoneAt: null }],
      ['deleted', { last: null, tombstoneAt: time, before: { offset: 9n, expiresAt: null } }],
      [
        'reset',
        {
          last: { offset: 1n, expiresAt: null },
          tombstoneAt: time,
          before: { offset: 3n, metadata: 'lost' },
        },
      ],
      ['committed', { last: { offset: 5n }, tombstoneAt: null }],
      ['many-19', { last: { offset: 19n, metadata: 'nøtt '.repeat(19) } }],
    ])('the group "%s"', (group, expected) => {
      expect(offset(reading, `${name}-${group}`)).toMatchObject({
        ...expected,
        uncertain: false,
        older: false,
      })
    })

    test('an aborted transaction leaves no commit', () => {
      expect(offset(reading, `${name}-aborted`)?.last ?? null).toBeNull()
    })

    test('a tombstone comes after the expiry, and before another client misses the commit', () => {
      const { tombstoneAt, before } = offset(reading, `${name}-brief`) ?? {}
      expect(tombstoneAt).toBeGreaterThanOrEqual(before?.expiresAt ?? Infinity)
      expect(tombstoneAt).toBeLessThanOrEqual(goneAt.get(name) ?? 0)
    })
  })
})

describe('a run', () => {
  let bootstrap: readonly string[]
  const shared = unique('log')

  beforeAll(async () => {
    bootstrap = await sharedKafka()
    await createTopic(bootstrap, shared, { partitions: 1, records: 1 })
  })
  const commit = (group: string, value: bigint) =>
    commitRaw(bootstrap, [{ group, offsets: [{ topic: shared, partition: 0, offset: value }] }])
  const last = ({ log }: OffsetLogReading, group: string) =>
    log.group(group)?.commits.get(`0 ${shared}`)?.last

  test('reads only new records', async () => {
    const [before, after] = [unique('before'), unique('after')]
    await commit(before, 1n)
    const first = await readLog(bootstrap)
    await commit(after, 2n)

    const second = await readLog(bootstrap, { cursors: first.cursors })
    expect([last(second, before), last(second, after)?.offset]).toEqual([undefined, 2n])
    expect(second.readingOf(after)).toEqual({ reachedEnd: true, caughtUp: true, unbroken: true })
  })

  test('does not pass an open transaction, and reads it after it ends', async () => {
    const [pending, later] = [unique('pending'), unique('pending')]
    const transaction = await pendingOffsets(bootstrap, pending, [
      { topic: shared, partition: 0, offset: 5n },
    ])
    await commit(later, 6n)
    const open = await readLog(bootstrap)
    expect([last(open, pending) ?? null, last(open, later)?.offset]).toEqual([null, 6n])
    expect(open.readingOf(pending)).toMatchObject({ reachedEnd: true, caughtUp: true })

    await transaction.commit()
    // Kafka writes a transaction's markers after it has answered the client.
    const ended = await until(async () => last(await readLog(bootstrap, { cursors: open.cursors }), pending))
    expect(ended.offset).toBe(5n)
  })

  test('reports a transaction that does not end', async () => {
    const group = unique('hanging')
    const transaction = await pendingOffsets(bootstrap, group, [{ topic: shared, partition: 0, offset: 5n }])
    const home = groupPartition(group, 4)
    const problemsAfter = async (minutes: number) => {
      const { problems } = await readLog(bootstrap, { ahead: minutes * MINUTE })
      return problems.filter(({ code, scope }) => code === 'open-transaction' && scope.partition === home)
    }

    expect(await problemsAfter(14)).toEqual([])
    expect(await problemsAfter(16)).toMatchObject([
      { message: expect.stringContaining(`open in partition ${home} of __consumer_offsets`) },
    ])
    await transaction.abort()
    await until(async () => (await problemsAfter(16)).length === 0)
  })

  test('reports a broker whose clock is ahead', async () => {
    await commit(unique('early'), 1n)
    const { problems } = await readLog(bootstrap, { ahead: -2 * MINUTE })
    expect(problems).toMatchObject([{ scope: { broker: 1 }, code: 'clock-skew' }])
    expect((await readLog(bootstrap, { ahead: -30_000 })).problems).toEqual([])
  })

  test('keeps its cursors if its budget is zero', async () => {
    const group = unique('waiting')
    const { cursors } = await readLog(bootstrap)
    await commit(group, 1n)
    const none = await readLog(bootstrap, { cursors, budget: { bytes: 0 } })
    expect(none).toMatchObject({ mode: 'catching-up', cursors, problems: [], records: 0 })
    expect(none.readingOf(group)).toEqual({ reachedEnd: false, caughtUp: false, unbroken: true })
    expect(last(await readLog(bootstrap, { cursors: none.cursors }), group)?.offset).toBe(1n)
  })

  test('reports its progress', async () => {
    const seen: [number, number][] = []
    await readLog(bootstrap, { progress: (read, total) => void seen.push([read, total]) })
    expect(seen.at(-1)?.[0]).toBe(seen.at(-1)?.[1])
  })
})
