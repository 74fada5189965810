import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Reading } from '../../../functions/core/reading.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import type { KafkaNode } from '../../brokers/node.ts'
import { baseOf, offsetsOf, read } from './read.ts'

const groups = Array.from({ length: 40 }, (_, i) => `simple-${i}`)
let kafka: Kafka
let base: CommitTable

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, retentionMinutes: 60 })
  await createTopic(kafka.bootstrap, 'orders', { partitions: 3, records: 5 })
  await commitRaw(
    kafka.bootstrap,
    groups.map(group => ({ group, offsets: [{ topic: 'orders', partition: 1, offset: 2n }] })),
  )
  const reading = await read(kafka.bootstrap)
  expect(reading).toMatchObject({ complete: true, problems: [] })
  expect(new Set([...reading.groups.values()].map(group => group.coordinator)).size).toBeGreaterThan(1)
  base = baseOf(reading)
})
afterAll(() => kafka?.close())

/** Reads repeatedly while something happens to a broker, and then until everything is read again. */
async function readDuring(event: () => Promise<void>): Promise<Reading[]> {
  const readings: Reading[] = []
  let isOver = false
  const happening = event().finally(() => {
    isOver = true
  })
  while (!isOver || !readings.at(-1)?.complete) readings.push(await read(kafka.bootstrap, { base }))
  await happening
  return readings
}

const node = (): KafkaNode => {
  const coordinator = base.columns.coordinator[0]
  const found = kafka.nodes.find(({ id }) => id === coordinator)
  if (found === undefined) throw new Error(`there is no node ${coordinator}`)
  return found
}

test.each<[string, boolean, () => Promise<void>]>([
  [
    'is killed and comes back',
    true,
    () =>
      node()
        .kill()
        .then(() => node().start()),
  ],
  [
    'hands over, stops and comes back',
    false,
    () =>
      node()
        .stop()
        .then(() => node().start()),
  ],
])('while a coordinator %s, no group is absent', async (_, leavesGap, event) => {
  const readings = await readDuring(event)
  for (const reading of readings) {
    for (const [group, { absent, unreadable, state }] of reading.groups) {
      expect({ group, state, absent, unreadable }).toEqual({
        group,
        state: 'Empty',
        absent: [],
        unreadable: [],
      })
      expect(offsetsOf(reading, group)).toEqual(['orders-1: 2'])
    }
    if (reading.complete) expect(reading.groups.size).toBe(groups.length)
    else expect(reading.problems).not.toEqual([])
  }
  // Until another broker takes over, none answers for a dead broker's groups.
  if (leavesGap) expect(readings.every(({ complete }) => complete)).toBe(false)
})

test('a partition without a leader has no log, and everything else is read', async () => {
  const [group = ''] = groups
  const alone = kafka.nodes.find(({ id }) => id !== base.columns.coordinator[0])
  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  const replicaAssignment = [{ partition: 0, replicas: [alone?.id ?? 0] }]
  await admin.createTopics({ topics: [{ topic: 'alone', replicaAssignment }], waitForLeaders: true })
  await admin.disconnect()
  await commitRaw(kafka.bootstrap, [{ group, offsets: [{ topic: 'alone', partition: 0, offset: 0n }] }])
  await alone?.stop()

  const reading = await read(kafka.bootstrap, { base })
  expect(offsetsOf(reading, group)).toEqual(['alone-0: 0', 'orders-1: 2'])
  expect(reading.topics.get('alone')).toMatchObject({ deleted: false, log: new Map() })
  expect(reading.topics.get('orders')?.log.get(1)).toEqual({ start: 0n, end: 5n })
  expect(reading.problems).toContainEqual(
    expect.objectContaining({ scope: { topic: 'alone', partition: 0 }, code: 'leaderless' }),
  )
})
