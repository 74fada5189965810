import { expect, test } from '@jest/globals'
import kafkajs from 'kafkajs'
import { brokerOf } from '../../../functions/kafka/connection/kafkajs.ts'

const address = { host: '127.0.0.1', port: 9092 }
const door = Symbol('private:Kafka:createCluster')
const pool = { build: async () => ({}) }

test.each<[name: string, kafka: object]>([
  ['no private symbol', {}],
  ['a private symbol that is not a function', { [door]: 'cluster' }],
  ['a cluster without brokers', { [door]: () => ({ connectionPoolBuilder: pool }) }],
  ['a cluster without connections', { [door]: () => ({ brokerPool: { createBroker: () => ({}) } }) }],
  [
    'a broker without a connection',
    {
      [door]: () => ({ connectionPoolBuilder: pool, brokerPool: { createBroker: () => ({ connect() {} }) } }),
    },
  ],
])('another version of kafkajs is refused: %s', async (_, kafka) => {
  await expect(brokerOf(kafka, address)).rejects.toMatchObject({
    name: 'Failure',
    message: expect.stringMatching(/^the installed kafkajs is not the 2\.2\.4 .*: run npm install\.$/),
  })
})

test('the installed kafkajs is the expected version', async () => {
  const broker = await brokerOf(new kafkajs.Kafka({ brokers: [] }), address)
  expect(broker.connectionPool.isConnected()).toBe(false)
})
