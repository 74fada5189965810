import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CONSUMER_OFFSETS } from '../../functions/core/model/topic-partition.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { startJavaClients } from '../brokers/clients/java-clients.ts'
import { firstOffset } from '../brokers/clients/kafkajs.ts'
import { configureTopic, createTopic } from '../brokers/clients/topics.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Operator, operatorOf } from './restoring.ts'

const topic = 'orders'
const PARTITIONS = 700
/** Metadata as long as Parallel Consumer's: the metadata of 700 partitions take 2.9 MB, and a request can have 1 MB. */
const metadata = 'm'.repeat(4090)

// Kafka 4's coordinator, and the coordinator of earlier versions.
describe.each(['4.4.0', '3.9.2'] as const)('on %s', version => {
  let kafka: Kafka
  let operator: Operator
  let truth: Witness

  beforeAll(async () => {
    kafka = await startKafka({ version })
    await createTopic(kafka.bootstrap, topic, { partitions: PARTITIONS, records: 10 })
    truth = await witness(kafka.bootstrap)
    operator = await operatorOf(kafka.bootstrap)
  })
  afterAll(async () => {
    await operator?.[Symbol.asyncDispose]()
    await truth?.close()
    await kafka?.close()
  })

  /** Makes a group that had offset 1 everywhere, and has lost it. */
  async function lose(group: string): Promise<void> {
    const commit = async (expiry: { expiresIn?: number }) => {
      for (let from = 0; from < PARTITIONS; from += 100) {
        const offsets = Array.from({ length: 100 }, (_, i) => ({
          topic,
          partition: from + i,
          offset: 1n,
          metadata: from + i === 650 ? metadata.slice(0, 10) : metadata,
        }))
        await commitRaw(kafka.bootstrap, [{ group, offsets, ...expiry }])
      }
    }
    await commit({})
    await operator.snapshot(group)
    await commit({ expiresIn: 100 })
    await truth.waitUntilGone(group)
    await operator.snapshot(group)
  }

  test('one command restores 700 partitions with 4,090 bytes of metadata each', async () => {
    await lose('large')
    const { rows } = await operator.restore('large')
    expect(rows.filter(({ outcome }) => outcome === 'restored')).toHaveLength(PARTITIONS)
    const { partitions } = await operator.kafka.read('large', [])
    expect(partitions).toHaveLength(PARTITIONS)
    expect(partitions[0]?.committed).toMatchObject({ offset: 1n, metadata })
  })

  test('a restore adapts to a smaller max.message.bytes, and reports offsets that are too large for it', async () => {
    await lose('small')
    await configureTopic(kafka.bootstrap, CONSUMER_OFFSETS, {
      'cleanup.policy': 'compact',
      'max.message.bytes': '2000',
    })
    const { rows } = await operator.restore('small', {
      selection: { topic, partitions: [648, 649, 650], all: false },
    })
    expect(rows.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'restored'])
    expect(rows[0]?.why).toContain('its record is larger than max.message.bytes of __consumer_offsets')

    await configureTopic(kafka.bootstrap, CONSUMER_OFFSETS, {
      'cleanup.policy': 'compact',
      'max.message.bytes': '50000',
    })
    const again = await operator.restore('small')
    expect(again.rows.filter(({ outcome }) => outcome === 'restored')).toHaveLength(PARTITIONS - 1)
  })

  const partition = { topic, partition: 0 }

  async function loseOne(group: string): Promise<void> {
    const offsets = [{ ...partition, offset: 6n, metadata: 'note' }]
    await commitRaw(kafka.bootstrap, [{ group, offsets }])
    await operator.snapshot(group)
    await commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn: 100 }])
    await truth.waitUntilGone(group)
    await operator.snapshot(group)
  }

  test('a consumer continues at the restored offset', async () => {
    await loseOne('payments')
    expect((await operator.restore('payments')).rows).toMatchObject([{ outcome: 'restored', found: 6n }])
    expect(await firstOffset(kafka.bootstrap, 'payments', partition)).toBe(6n)
  })

  test('a group whose members join at the last moment is not changed', async () => {
    await loseOne('guarded')
    await using clients = await startJavaClients(kafka.bootstrap)
    const joining: typeof operator.kafka = {
      ...operator.kafka,
      async write(...offsets) {
        await clients.classic('guarded').subscribe(topic)
        return operator.kafka.write(...offsets)
      },
    }
    const { rows } = await operator.execute(await operator.plan('guarded'), { kafka: joining })
    expect(rows).toMatchObject([{ outcome: 'members' }])
    expect(await truth.committed('guarded', partition)).toBeUndefined()
  })
})
