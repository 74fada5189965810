import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { pendingOffsets } from '../../brokers/clients/transaction.ts'
import { baseOf, offsetsOf, read } from './read.ts'

let kafka: Kafka
beforeAll(async () => {
  kafka = await startKafka({ version: '3.9.2', retentionMinutes: 60 })
})
afterAll(() => kafka?.close())

test('without __consumer_offsets no group exists or is gone, and nothing creates the topic', async () => {
  const before = CommitTable.empty(1)
  before.columns.group_id.set(0, 'ghost')
  before.columns.topic.set(0, 'orders')
  before.length = 1

  const empty = await read(kafka.bootstrap)
  expect(empty).toMatchObject({ groups: new Map(), problems: [], complete: true })
  const reading = await read(kafka.bootstrap, { base: before })
  expect(reading).toMatchObject({ groups: new Map(), complete: false })
  expect(reading.problems).toMatchObject([{ scope: { topic: '__consumer_offsets' } }])

  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  expect(await admin.listTopics()).toEqual([])
  await admin.disconnect()
})

test("Kafka 3's coordinator is read the same way, but its pending commits do not guard an offset", async () => {
  const { bootstrap } = kafka
  await createTopic(bootstrap, 'orders', { partitions: 2, records: 5 })
  const offsets = [0, 1].map(partition => ({ topic: 'orders', partition, offset: 2n }))
  await commitRaw(
    bootstrap,
    ['simple', 'doomed'].map(group => ({ group, offsets })),
  )
  const base = baseOf(await read(bootstrap))
  expect(base.length).toBe(4)

  const pending = await pendingOffsets(bootstrap, 'simple', [{ topic: 'orders', partition: 1, offset: 4n }])
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.deleteGroups(['doomed'])
  await admin.disconnect()

  const reading = await read(bootstrap, { base })
  expect(offsetsOf(reading, 'simple')).toEqual(['orders-0: 2', 'orders-1: 2 pending'])
  expect(reading.groups.get('simple')).toMatchObject({ kind: 'simple', state: 'Empty', pendingGuards: false })
  expect(reading.groups.get('doomed')).toMatchObject({
    kind: 'simple',
    state: 'Dead',
    absent: offsets.map(({ topic, partition }) => ({ topic, partition })),
  })
  expect(reading).toMatchObject({ complete: true, problems: [] })
  await pending.abort()
})

test("Kafka 4's coordinator in Kafka 3.9 guards an offset with a pending commit", async () => {
  await using newer = await startKafka({ version: '3.9.2', coordinator: 'new', retentionMinutes: 60 })
  const { bootstrap } = newer
  await createTopic(bootstrap, 'orders', { partitions: 1, records: 5 })
  const offsets = [{ topic: 'orders', partition: 0, offset: 2n }]
  await commitRaw(bootstrap, [{ group: 'simple', offsets }])
  const pending = await pendingOffsets(bootstrap, 'simple', [{ topic: 'orders', partition: 0, offset: 4n }])

  const reading = await read(bootstrap)
  expect(offsetsOf(reading, 'simple')).toEqual(['orders-0: 2 pending'])
  expect(reading.groups.get('simple')).toMatchObject({ pendingGuards: true })
  expect(baseOf(reading).at(0).rule).toBe('pending')
  await pending.abort()
})
