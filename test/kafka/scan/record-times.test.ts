import { expect, test } from '@jest/globals'
import { unreadRecords } from '../../../functions/core/evidence/records-deadline.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { configureTopic, createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { read } from './read.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const sevenDays = { 'retention.ms': String(7 * DAY), 'segment.ms': String(DAY) }
const recordsHorizon = { level: 3 * DAY, margin: 0 }

/** A topic with records of these ages, ms, one batch each, and a group that has read the first one. */
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
  const { topics, startedAt, logSweep, problems } = await read(bootstrap, {
    groups: [group],
    recordsHorizon,
  })
  expect(problems).toEqual([])
  const reading = topics.get(topic)
  const { start = null, end = null } = reading?.log.get(0) ?? {}
  const probes = reading?.probes?.get(0) ?? []
  const log = { offset, logStart: start, logEnd: end, retention: reading?.retention, probes }
  // The log end has moved since the commit: the records are no markers.
  const before = { offset, logEnd: 0n, unread: null }
  const context = { startedAt, logSweep, clockSkew: 0 }
  return { probes, logSweep, records: unreadRecords(log, before, context) }
}

test('a deadline within the horizon is found closely, by some questions', async () => {
  const ages = Array.from({ length: 24 }, (_, i) => 6 * DAY - i * HOUR)
  const topic = await unread(sevenDays, ages)
  const { probes, records, logSweep } = await found(topic)
  const goes = topic.now - 6 * DAY + HOUR + 7 * DAY
  expect(logSweep).toBe(300_000)
  expect(records).toMatchObject({ atMost: 23n, evidence: 'bounded' })
  expect(records?.earliest).toBeLessThanOrEqual(goes)
  expect(records?.earliest).toBeGreaterThan(goes - 2 * HOUR)
  expect(records?.latest).toBeGreaterThan(goes + DAY)
  expect(records?.latest).toBeLessThan(goes + DAY + 2 * HOUR)
  expect(probes.length).toBeLessThanOrEqual(8)
})

test('young records take one question', async () => {
  const topic = await unread(sevenDays, [HOUR, HOUR, HOUR])
  const { probes, records } = await found(topic)
  expect(probes).toEqual([expect.objectContaining({ found: { offset: 0n, timestamp: topic.now - HOUR } })])
  expect(records).toEqual({
    atMost: 2n,
    evidence: 'bounded',
    retention: 7 * DAY,
    earliest: topic.now - HOUR + 7 * DAY,
    latest: null,
  })
})

test.each<[string, Record<string, string>, string]>([
  ['retention.ms=-1', { ...sevenDays, 'retention.ms': '-1' }, 'never'],
  ['a compacted topic', { ...sevenDays, 'cleanup.policy': 'compact' }, 'never'],
  ['retention by size', { ...sevenDays, 'retention.bytes': '100000000' }, 'size'],
])('%s takes no question', async (_, configs, evidence) => {
  const { probes, records } = await found(await unread(configs, [6 * DAY, 6 * DAY]))
  expect(probes).toEqual([])
  expect(records).toEqual({ atMost: 1n, evidence, retention: null, earliest: null, latest: null })
})

test('a record of the year 9999 keeps what follows, perhaps for ever', async () => {
  const after = { 'message.timestamp.after.max.ms': '9223372036854775807' }
  const age = Date.now() - Date.UTC(9999, 0)
  const { records } = await found(await unread({ ...sevenDays, ...after }, [age, 6 * DAY]))
  expect(records?.earliest).toBeGreaterThan(Date.UTC(9999, 0))
  expect(records?.latest).toBeNull()
})

test('where all groups have read all, nothing is asked', async () => {
  const { bootstrap, topic, group } = await unread(sevenDays, [6 * DAY], 1n)
  const { topics } = await read(bootstrap, { groups: [group], recordsHorizon })
  expect(topics.get(topic)).toMatchObject({ log: new Map([[0, { start: 0n, end: 1n }]]) })
  expect(topics.get(topic)).not.toHaveProperty('retention')
})
