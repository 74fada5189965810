import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CONSUMER_OFFSETS } from '../../../functions/core/model/topic-partition.ts'
import type { OffsetCursor } from '../../../functions/kafka/consumer-offsets/partition-reader.ts'
import type { OffsetLogReading } from '../../../functions/kafka/consumer-offsets/read-log.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { configureTopic, createTopic } from '../../brokers/clients/topics.ts'
import { pendingOffsets } from '../../brokers/clients/transaction.ts'
import { until } from '../../brokers/until.ts'
import { batchesOf, found, readLog, truthOf } from './reading.ts'

const topic = 'orders'
let kafka: Kafka
/** Cursors from before the cleaning. */
let cursors: readonly OffsetCursor[]
let deletedAt: number | null | undefined
let reading: OffsetLogReading

const tombstoneAt = ({ log }: OffsetLogReading) => log.group('brief')?.commits.get(`0 ${topic}`)?.tombstoneAt

beforeAll(async () => {
  kafka = await startKafka({
    retentionMinutes: 60,
    properties: {
      'offsets.topic.num.partitions': 1,
      'log.cleaner.backoff.ms': 500,
      'log.initial.task.delay.ms': 500,
    },
  })
  await createTopic(kafka.bootstrap, topic, { partitions: 10, records: 1 })
  const offsets = Array.from({ length: 10 }, (_, partition) => ({ topic, partition, offset: 1n }))
  await commitRaw(kafka.bootstrap, [{ group: 'brief', offsets: offsets.slice(0, 1), expiresIn: 1000 }])
  for (let round = 0; round < 5; round++) {
    const pending = await pendingOffsets(kafka.bootstrap, 'transactional', [
      { topic, partition: 0, offset: BigInt(round) },
    ])
    await commitRaw(
      kafka.bootstrap,
      Array.from({ length: 200 }, (_, i) => ({ group: `group-${i}`, offsets })),
    )
    await pending.commit()
  }
  const before = await until(async () => {
    const found = await readLog(kafka.bootstrap)
    return tombstoneAt(found) ? found : undefined
  })
  cursors = before.cursors
  deletedAt = tombstoneAt(before)

  await compactSoon(kafka.bootstrap)
  // The cleaner leaves out the active segment, so one more commit has to roll it. A batch gets its delete horizon when
  // the cleaner first keeps a tombstone of that batch.
  const isCleaned = async () => {
    const batches = await batchesOf(kafka)
    const records = batches.reduce((sum, batch) => sum + batch.records, 0)
    return records < 5000 && batches.some(({ deleteHorizon }) => deleteHorizon)
  }
  let offset = 2n
  await until(async () => {
    await commitRaw(kafka.bootstrap, [
      { group: 'trickle', offsets: [{ topic, partition: 0, offset: offset++ }] },
    ])
    return isCleaned()
  })
  reading = await readLog(kafka.bootstrap)
})
afterAll(() => kafka?.close())

const compactSoon = (bootstrap: readonly string[]): Promise<void> =>
  configureTopic(bootstrap, CONSUMER_OFFSETS, {
    'cleanup.policy': 'compact',
    'compression.type': 'producer',
    'segment.bytes': '1048576',
    'segment.ms': '2000',
    'min.cleanable.dirty.ratio': '0.01',
    'delete.retention.ms': '600000',
    'min.compaction.lag.ms': '0',
  })

test('a compacted log is read to its end', async () => {
  const kinds = await batchesOf(kafka)
  expect(kinds.some(({ deleteHorizon }) => deleteHorizon)).toBe(true)
  expect(reading).toMatchObject({ mode: 'exact', problems: [] })
  expect(reading.records).toBeLessThan(5000)

  const truth = await truthOf(kafka.bootstrap)
  expect(truth.length).toBe(2003)
  for (const { timestamp, ...each } of truth)
    expect(found(reading, { timestamp, ...each })).toEqual('offset' in each ? each : { ...each, timestamp })
})

test('a tombstone keeps its time when its batch gets a delete horizon', () => {
  expect(deletedAt).toEqual(expect.any(Number))
  expect(tombstoneAt(reading)).toBe(deletedAt)
})

test('an older cursor continues behind the removed records', async () => {
  const next = await readLog(kafka.bootstrap, { cursors })
  expect(next.readingOf('trickle')).toEqual({ reachedEnd: true, caughtUp: true, unbroken: true })
  expect(next.log.group('trickle')?.commits.get(`0 ${topic}`)?.last?.offset).toBe(
    reading.log.group('trickle')?.commits.get(`0 ${topic}`)?.last?.offset,
  )
  expect(next.log.group('group-1')).toBeUndefined()
})
