import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect } from '../../functions/kafka/connection/connection.ts'
import { findCoordinator } from '../../functions/kafka/protocol/messages/find-coordinator.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { firstOffset } from '../brokers/clients/kafkajs.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { witness } from '../brokers/witness.ts'
import { plaintext } from '../kafka/protocol/addresses.ts'
import { operatorOf } from './restoring.ts'

const group = 'payments'
const partition = { topic: 'orders', partition: 0 }
let kafka: Kafka

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3 })
})
afterAll(() => kafka?.close())

test('a coordinator that dies between plan and execution is waited for, and found again', async () => {
  await createTopic(kafka.bootstrap, partition.topic, { records: 10 })
  const offsets = [{ ...partition, offset: 6n }]
  await commitRaw(kafka.bootstrap, [{ group, offsets }])
  await using operator = await operatorOf(kafka.bootstrap)
  await operator.snapshot(group)
  await commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn: 100 }])
  await using truth = await witness(kafka.bootstrap)
  await truth.waitUntilGone(group)
  await operator.snapshot(group)

  const proposed = await operator.plan(group)
  const dying = await coordinatorOf(group)
  await kafka.nodes.find(({ id }) => id === dying)?.kill()

  expect((await operator.execute(proposed)).rows).toEqual([
    { ...partition, outcome: 'restored', target: 6n, found: 6n, why: null },
  ])
  expect(await coordinatorOf(group)).not.toBe(dying)
  expect(await firstOffset(kafka.bootstrap, group, partition)).toBe(6n)
}, 240_000)

async function coordinatorOf(group: string): Promise<number | undefined> {
  const connection = await connect(plaintext(...kafka.bootstrap))
  try {
    return (await connection.sendToAny(findCoordinator, { groups: [group] }))[0]?.broker
  } finally {
    await connection.close()
  }
}
