import { expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { configureTopic, createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { commitOf } from '../../builders/snapshots.ts'
import { baseOf, read } from './read.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const sevenDays = { 'retention.ms': String(7 * DAY), 'segment.ms': String(DAY) }
const recordsHorizon = { level: 3 * DAY, interval: 0, clockSkew: 0 }

/** A topic with records of these ages (ms), one batch each, and a group that has read the first one. */
async function unread(configs: Record<string, string>, ages: readonly number[], offset = 1n) {
  const bootstrap = await sharedKafka()
  const [topic, group] = [unique('aged'), unique('reader')]
  await createTopic(bootstrap, topic)
  await configureTopic(bootstrap, topic, configs)
  const producer = kafkajs(bootstrap).producer({ idempotent: true })
  await producer.connect()
  const now = Date.now()
  for (const age of ages) {
    const message = { key: 'key', value: 'value', timestamp: String(now - age), partition: 0 }
    await producer.send({ topic, messages: [message] })
  }
  await producer.disconnect()
  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset }] }])
  return { bootstrap, topic, group, now }
}

async function found({ bootstrap, topic, group }: Awaited<ReturnType<typeof unread>>, offset = 1n) {
  // The log end has moved since the commit: the records are not markers.
  const base = CommitTable.from([commitOf({ group, topic, topicId: null, offset, logStart: 0n, logEnd: 0n })])
  const reading = await read(bootstrap, { groups: [group], recordsHorizon, base })
  expect(reading.problems).toEqual([])
  const probes = reading.topics.get(topic)?.probes?.get(0) ?? []
  const [commit] = baseOf(reading, base)
  return { probes, logSweep: reading.logSweep, records: commit?.unread }
}

test('a deadline within the horizon is found precisely, with at most eight requests', async () => {
  const ages = Array.from({ length: 24 }, (_, i) => 6 * DAY - i * HOUR)
  const topic = await unread(sevenDays, ages)
  const { probes, records, logSweep } = await found(topic)
  const goes = topic.now - 6 * DAY + HOUR + 7 * DAY
  expect(logSweep).toBe(300_000)
  expect(records).toMatchObject({ atMost: 23n, evidence: 'bounded' })
  expect(records?.earliest).toBeLessThanOrEqual(goes)
  const enough = (goes - topic.now) / 2
  expect(records?.earliest).toBeGreaterThan(goes - enough)
  expect(records?.latest).toBeGreaterThan(goes + DAY)
  expect(records?.latest).toBeLessThan(goes + DAY + enough)
  expect(probes.length).toBeLessThanOrEqual(8)
})

test('young records need one request', async () => {
  const topic = await unread(sevenDays, [HOUR, HOUR, HOUR])
  const { probes, records } = await found(topic)
  expect(probes).toEqual([expect.objectContaining({ found: { offset: 0n, timestamp: topic.now - HOUR } })])
  expect(records).toMatchObject({
    atMost: 2n,
    evidence: 'bounded',
    retention: 7 * DAY,
    earliest: topic.now - HOUR + 7 * DAY,
    latest: null,
  })
})

test('the next snapshot sends no request, unless a setting has changed or the group was set back', async () => {
  const ages = Array.from({ length: 24 }, (_, i) => 6 * DAY - i * HOUR)
  const { bootstrap, topic, group } = await unread(sevenDays, ages, 5n)
  const readAgain = async (base?: CommitTable) => {
    const reading = await read(bootstrap, { groups: [group], recordsHorizon, base })
    return { reading, probes: reading.topics.get(topic)?.probes?.get(0)?.length ?? 0 }
  }
  const first = await readAgain()
  expect(first.probes).toBeGreaterThan(1)
  const [known] = baseOf(first.reading)
  expect(known?.unread).toMatchObject({ evidence: 'bounded', retention: 7 * DAY, retentionSetBy: 'topic' })

  const second = await readAgain(baseOf(first.reading))
  expect(second.probes).toBe(0)
  const [same] = baseOf(second.reading, baseOf(first.reading))
  expect(same?.unread).toEqual({ ...known?.unread, earliest: expect.any(Number), notGrown: 2 })
  expect(same?.unread?.earliest).toBeGreaterThanOrEqual(known?.unread?.earliest ?? Infinity)

  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 2n }] }])
  expect((await readAgain(baseOf(first.reading))).probes).toBeGreaterThan(1)
  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 5n }] }])
  await configureTopic(bootstrap, topic, { ...sevenDays, 'retention.ms': String(8 * DAY) })
  expect((await readAgain(baseOf(first.reading))).probes).toBeGreaterThan(0)

  await configureTopic(bootstrap, topic, { 'segment.ms': String(DAY) })
  const { reading } = await readAgain()
  expect(reading.topics.get(topic)?.retention).toMatchObject({ by: 'time', setBy: 'broker' })
})

test.each<[string, Record<string, string>, string]>([
  ['retention.ms=-1', { ...sevenDays, 'retention.ms': '-1' }, 'never'],
  ['a compacted topic', { ...sevenDays, 'cleanup.policy': 'compact' }, 'never'],
  ['retention by size', { ...sevenDays, 'retention.bytes': '100000000' }, 'size'],
])('%s needs no request', async (_, configs, evidence) => {
  const { probes, records } = await found(await unread(configs, [6 * DAY, 6 * DAY]))
  expect(probes).toEqual([])
  expect(records).toMatchObject({ atMost: 1n, evidence, retention: null, earliest: null, latest: null })
})

test('a record of the year 9999 keeps the following records, perhaps forever', async () => {
  const after = { 'message.timestamp.after.max.ms': '9223372036854775807' }
  const age = Date.now() - Date.UTC(9999, 0)
  const { records } = await found(await unread({ ...sevenDays, ...after }, [age, 6 * DAY]))
  expect(records?.earliest).toBeGreaterThan(Date.UTC(9999, 0))
  expect(records?.latest).toBeNull()
})

test('nothing is asked if all groups have read everything', async () => {
  const { bootstrap, topic, group } = await unread(sevenDays, [6 * DAY], 1n)
  const { topics } = await read(bootstrap, { groups: [group], recordsHorizon })
  expect(topics.get(topic)).toMatchObject({ log: new Map([[0, { start: 0n, end: 1n }]]) })
  expect(topics.get(topic)).not.toHaveProperty('retention')
})
