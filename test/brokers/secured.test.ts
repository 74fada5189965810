import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { grant, rightsToWatch, withdraw } from './acls.ts'
import { kafkajs } from './clients/kafkajs.ts'
import { createTopic } from './clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from './secured.ts'

const mechanisms: [string, (user: SecuredKafka['user']) => SASLOptions][] = [
  ['PLAIN', user => ({ mechanism: 'plain', ...user })],
  ['SCRAM-SHA-256', user => ({ mechanism: 'scram-sha-256', ...user })],
  ['SCRAM-SHA-512', user => ({ mechanism: 'scram-sha-512', ...user })],
]

let kafka: SecuredKafka
beforeAll(async () => {
  kafka = await startSecuredKafka()
  await createTopic(kafka.bootstrap, 'orders')
  await grant(kafka.bootstrap, 'User:CN=watchdog', rightsToWatch)
  await grant(kafka.bootstrap, 'User:watchdog', rightsToWatch)
})
afterAll(() => kafka?.close())

async function topics(bootstrap: readonly string[], security: Partial<KafkaConfig>): Promise<string[]> {
  const admin = kafkajs(bootstrap, { ...security, retry: { retries: 0 } }).admin()
  try {
    await admin.connect()
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

const tls = (ca: string, client?: { privateKey: string; certificate: string }) => ({
  ssl: { ca: [ca], ...(client && { key: client.privateKey, cert: client.certificate }) },
})

describe('a secured Kafka accepts a client', () => {
  test('over TLS', async () => {
    expect(await topics(kafka.tls, tls(kafka.ca))).toEqual(['orders'])
  })

  test('over TLS with a certificate', async () => {
    expect(await topics(kafka.mtls, tls(kafka.ca, kafka.client))).toEqual(['orders'])
  })

  test.each(mechanisms)('with SASL %s', async (_, mechanism) => {
    const sasl = mechanism(kafka.user)
    expect(await topics(kafka.sasl, { sasl })).toEqual(['orders'])
    expect(await topics(kafka.saslTls, { sasl, ...tls(kafka.ca) })).toEqual(['orders'])
  })
})

describe('a secured Kafka refuses', () => {
  test('a client that trusts another CA', async () => {
    await expect(topics(kafka.tls, tls(kafka.otherCa))).rejects.toThrow(
      'unable to verify the first certificate',
    )
  })

  test.each(['expiredClient', 'foreignClient'] as const)('an %s', async client => {
    await expect(topics(kafka.mtls, tls(kafka.ca, kafka[client]))).rejects.toThrow('alert certificate')
  })

  test('a client without a certificate', async () => {
    await expect(topics(kafka.mtls, tls(kafka.ca))).rejects.toThrow('alert bad certificate')
  })

  test('a wrong password', async () => {
    const sasl = { mechanism: 'plain', username: kafka.user.username, password: 'wrong' } as const
    await expect(topics(kafka.sasl, { sasl })).rejects.toThrow('Invalid username or password')
  })
})

test('a withdrawn right hides the topics, without an error', async () => {
  const sasl = { mechanism: 'plain', ...kafka.user } as const
  expect(await topics(kafka.sasl, { sasl })).toEqual(['orders'])

  await withdraw(kafka.bootstrap, 'User:watchdog', [{ on: 'TOPIC', operation: 'DESCRIBE' }])
  expect(await topics(kafka.sasl, { sasl })).toEqual([])

  await grant(kafka.bootstrap, 'User:watchdog', [{ on: 'TOPIC', operation: 'DESCRIBE' }])
  expect(await topics(kafka.sasl, { sasl })).toEqual(['orders'])
})
