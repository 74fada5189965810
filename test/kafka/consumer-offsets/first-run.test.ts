import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { OffsetLogReading } from '../../../functions/kafka/consumer-offsets/read-log.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { readLog } from './reading.ts'

const topic = 'orders'
const PARTITIONS = 100
let kafka: Kafka

/** A log of one partition with 30,002 records, more than the first step of a first run. */
beforeAll(async () => {
  kafka = await startKafka({ properties: { 'offsets.topic.num.partitions': 1 } })
  await createTopic(kafka.bootstrap, topic, { partitions: PARTITIONS })
  const commit = (group: string, offset: bigint, partitions = 1) =>
    commitRaw(kafka.bootstrap, [
      {
        group,
        offsets: Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset })),
      },
    ])
  await commit('oldest', 1n)
  for (let i = 0; i < 300; i++) await commit(`team-${i}`, 5n, PARTITIONS)
  await commit('newest', 9n)
})
afterAll(() => kafka?.close())

test('a long log is read in runs: the newest records first, then backwards to the start', async () => {
  const runs: OffsetLogReading[] = []
  do {
    // Cursors as a manifest stores them. A run ends with the broker's answer that uses up its budget.
    const cursors = JSON.parse(JSON.stringify(runs.at(-1)?.cursors ?? []))
    runs.push(await readLog(kafka.bootstrap, { cursors, budget: { bytes: 1_000_000 } }))
  } while (runs.at(-1)?.mode === 'catching-up' && runs.length < 30)
  const firstWith = (group: string) => runs.findIndex(({ log }) => log.group(group))

  expect(runs.map(({ mode }) => mode)).toEqual([...runs.slice(1).map(() => 'catching-up'), 'exact'])
  const left = runs.map(({ remaining }) => remaining)
  expect(left).toEqual([...new Set(left)].sort((a, b) => b - a))
  expect(left.at(-1)).toBe(0)

  const newest = runs[firstWith('newest')]
  expect(newest?.readingOf('newest')).toMatchObject({ reachedEnd: true, caughtUp: false })
  expect(newest?.log.group('newest')?.commits.get(`0 ${topic}`)).toMatchObject({
    last: { offset: 9n },
    uncertain: false,
  })
  expect(firstWith('newest')).toBeLessThan(firstWith('oldest'))
  expect(firstWith('oldest')).toBe(runs.length - 1)
})
