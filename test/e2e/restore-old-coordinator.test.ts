import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { startJavaClients } from '../brokers/clients/java-clients.ts'
import { firstOffset } from '../brokers/clients/kafkajs.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Operator, operatorOf } from './restoring.ts'

const partition = { topic: 'orders', partition: 0 }
let kafka: Kafka
let operator: Operator
let truth: Witness

beforeAll(async () => {
  kafka = await startKafka({ version: '3.9.2' })
  await createTopic(kafka.bootstrap, partition.topic, { records: 10 })
  truth = await witness(kafka.bootstrap)
  operator = await operatorOf(kafka.bootstrap)
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await truth?.close()
  await kafka?.close()
})

async function lost(group: string): Promise<void> {
  const offsets = [{ ...partition, offset: 6n, metadata: 'note' }]
  await commitRaw(kafka.bootstrap, [{ group, offsets }])
  await operator.snapshot(group)
  await commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn: 100 }])
  await truth.waitUntilGone(group)
  await operator.snapshot(group)
}

test('the old coordinator of Kafka 3.9 takes offsets back, and a consumer goes on there', async () => {
  await lost('payments')
  expect((await operator.restore('payments')).rows).toMatchObject([{ outcome: 'restored', found: 6n }])
  expect(await firstOffset(kafka.bootstrap, 'payments', partition)).toBe(6n)
})

test('and guards a group whose members join at the last moment', async () => {
  await lost('guarded')
  await using clients = await startJavaClients(kafka.bootstrap)
  const joining: typeof operator.kafka = {
    ...operator.kafka,
    async write(...offsets) {
      await clients.classic('guarded').subscribe(partition.topic)
      return operator.kafka.write(...offsets)
    },
  }
  const { rows } = await operator.execute(await operator.plan('guarded'), { kafka: joining })
  expect(rows).toMatchObject([{ outcome: 'members' }])
  expect(await truth.committed('guarded', partition)).toBeUndefined()
})
