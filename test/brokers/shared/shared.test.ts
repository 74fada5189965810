import { expect, test } from '@jest/globals'
import { kafkajs } from '../clients/kafkajs.ts'
import { sharedKafka, unique } from './kafka.ts'

test('every test file gets the same Kafka', async () => {
  const admin = kafkajs(await sharedKafka()).admin()
  await admin.connect()
  const topic = unique('topic')
  await admin.createTopics({ topics: [{ topic }] })
  expect(await admin.listTopics()).toContain(topic)
  await admin.disconnect()
  expect(await sharedKafka()).toEqual(await sharedKafka())
})
