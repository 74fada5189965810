import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Admin } from 'kafkajs'
import { readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { pendingOffsets } from '../../brokers/clients/transaction.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { witness } from '../../brokers/witness.ts'
import { baseOf, connected, knowing, offsetsOf, read } from './read.ts'

let bootstrap: readonly string[]
let admin: Admin

beforeAll(async () => {
  bootstrap = await sharedKafka()
  admin = kafkajs(bootstrap).admin()
  await admin.connect()
})
afterAll(() => admin?.disconnect())

/** A simple group with an offset in each of two partitions of its own topic, after one reading. */
async function readOnce() {
  const [group, topic] = [unique('absence-simple'), unique('absence-orders')]
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  await commitRaw(bootstrap, [
    { group, offsets: [0, 1].map(partition => ({ topic, partition, offset: 3n })) },
  ])

  const groups = [group]
  const first = await read(bootstrap, { groups })
  expect(first).toMatchObject({ complete: true, problems: [] })
  return { group, topic, groups, first, base: baseOf(first) }
}

test('an unchanged group has no absent offsets', async () => {
  const { group, topic, groups, base } = await readOnce()

  const reading = await read(bootstrap, { base, groups })
  expect(offsetsOf(reading, group)).toEqual([`${topic}-0: 3`, `${topic}-1: 3`])
  expect(reading.groups.get(group)).toMatchObject({ absent: [], unreadable: [] })
  expect(reading.complete).toBe(true)
})

test('an expired offset of one partition is absent, and the others are not', async () => {
  const { group, topic, groups, base } = await readOnce()
  await commitRaw(bootstrap, [
    { group, offsets: [{ topic, partition: 1, offset: 3n }], expiresIn: 100 },
    { group, offsets: [{ topic, partition: 0, offset: 4n }] },
  ])
  await using truth = await witness(bootstrap)
  await truth.waitUntilGone(group, { topic, partition: 1 })

  const reading = await read(bootstrap, { base, groups })
  expect(offsetsOf(reading, group)).toEqual([`${topic}-0: 4`])
  expect(reading.groups.get(group)).toMatchObject({
    kind: 'simple',
    absent: [{ topic, partition: 1 }],
    unreadable: [],
  })
  expect(reading.topics.get(topic)).toMatchObject({ deleted: false })
})

test('a deleted group is dead, keeps its kind, and all its offsets are absent', async () => {
  const { group, topic, base } = await readOnce()
  await admin.deleteGroups([group])

  const reading = await read(bootstrap, { base })
  expect(reading.groups.get(group)).toMatchObject({
    kind: 'simple',
    state: 'Dead',
    coordinator: 1,
    absent: [0, 1].map(partition => ({ topic, partition })),
    unreadable: [],
  })
  expect(offsetsOf(reading, group)).toEqual([])
})

test('the offsets of a deleted topic are absent, and the topic is deleted', async () => {
  const { group, topic, groups, base } = await readOnce()
  await admin.deleteTopics({ topics: [topic] })
  await using truth = await witness(bootstrap)
  await truth.waitUntilGone(group)

  const reading = await read(bootstrap, { base, groups })
  expect(reading.groups.get(group)?.absent).toHaveLength(2)
  expect(reading.topics.get(topic)).toMatchObject({ deleted: true, id: null })
})

test('a recreated topic has another id, and the old offsets stay absent', async () => {
  const { group, topic, groups, first, base } = await readOnce()
  await admin.deleteTopics({ topics: [topic] })
  await using truth = await witness(bootstrap)
  await truth.waitUntilGone(group)
  await createTopic(bootstrap, topic)

  const reading = await read(bootstrap, { base, groups })
  expect(reading.groups.get(group)?.absent).toHaveLength(2)
  expect(reading.topics.get(topic)).toMatchObject({ deleted: false, id: expect.any(String) })
  expect(reading.topics.get(topic)?.id).not.toBe(first.topics.get(topic)?.id)
})

test('an offset from before the topic was recreated is not attributed to the new topic', async () => {
  const { group, topic, groups, base } = await readOnce()
  await using truth = await witness(bootstrap)
  let isRecreated = false

  const reading = await connected(bootstrap, {}, connection => {
    const send = connection.sendToAny.bind(connection)
    connection.sendToAny = async (message, request, options) => {
      // The topic's offsets are fetched before its id is requested.
      if (message.name === 'Metadata' && JSON.stringify(request).includes(topic) && !isRecreated) {
        isRecreated = true
        await admin.deleteTopics({ topics: [topic] })
        await truth.waitUntilGone(group)
        await createTopic(bootstrap, topic)
      }
      return send(message, request, options)
    }
    return readCluster(connection, { now: Date.now, previous: knowing(base), groups })
  })
  expect(isRecreated).toBe(true)
  expect(offsetsOf(reading, group)).toEqual([])
  expect(reading.groups.get(group)?.absent).toHaveLength(2)
})

test('a pending transactional commit leaves the previous offset in sight', async () => {
  const { group, topic, groups, base } = await readOnce()
  const pending = await pendingOffsets(bootstrap, group, [{ topic, partition: 1, offset: 9n }])

  const during = await read(bootstrap, { base, groups })
  expect(offsetsOf(during, group)).toEqual([`${topic}-0: 3`, `${topic}-1: 3 pending`])
  expect(during.groups.get(group)).toMatchObject({ pendingGuards: true, absent: [] })

  await pending.commit()
  await using truth = await witness(bootstrap)
  await truth.waitUntilCommitted(group, { topic, partition: 1 }, 9n)
  const after = await read(bootstrap, { base, groups })
  expect(offsetsOf(after, group)).toEqual([`${topic}-0: 3`, `${topic}-1: 9`])
})

test('an unknown group that was asked for by name is dead, and reported', async () => {
  const group = unique('absence-nobody')
  const reading = await read(bootstrap, { groups: [group] })
  expect(reading.groups.get(group)).toMatchObject({ state: 'Dead', absent: [], unreadable: [] })
  expect(reading.problems).toEqual([
    expect.objectContaining({ scope: { group }, message: expect.stringContaining('check the spelling') }),
  ])
})
