import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { KafkaSettings } from '../../../functions/core/model/settings.ts'
import type { ReadOptions } from '../../../functions/kafka/scan/read-cluster.ts'
import { readRights } from '../../../functions/kafka/scan/read-rights.ts'
import { grant, type Right, rightsToWatch, withdraw } from '../../brokers/acls.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { type JavaClients, startJavaClients } from '../../brokers/clients/java-clients.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from '../../brokers/secured.ts'
import { baseOf, connected, offsetsOf, read } from './read.ts'

const watchdog = 'User:watchdog'
const cluster: Right = { on: 'CLUSTER', operation: 'DESCRIBE' }
const configs: Right = { on: 'CLUSTER', operation: 'DESCRIBE_CONFIGS' }
const topics: Right = { on: 'TOPIC', operation: 'DESCRIBE' }
const groups: Right = { on: 'GROUP', operation: 'DESCRIBE' }

let kafka: SecuredKafka
let clients: JavaClients
let base: CommitTable

beforeAll(async () => {
  kafka = await startSecuredKafka({ retentionMinutes: 60 })
  const { bootstrap } = kafka
  await createTopic(bootstrap, 'orders', { records: 5 })
  const offsets = [{ topic: 'orders', partition: 0, offset: 2n }]
  await commitRaw(
    bootstrap,
    ['simple', 'doomed'].map(group => ({ group, offsets })),
  )

  clients = await startJavaClients(bootstrap)
  const member = clients.consumer('running')
  await member.subscribe('orders')
  await member.commit(...offsets)
  base = baseOf(await read(bootstrap))
})
afterAll(async () => {
  await clients?.kill()
  await kafka?.close()
})

beforeEach(() => grant(kafka.bootstrap, watchdog, rightsToWatch))
afterEach(() => withdraw(kafka.bootstrap, watchdog, rightsToWatch))

const settings = (): Partial<KafkaSettings> => ({
  protocol: 'SASL_PLAINTEXT',
  sasl: { mechanism: 'plain', ...kafka.user },
})

/** Reads with all of `rightsToWatch` except these, and then asks for the rights. */
async function without(rights: readonly Right[], options: Omit<Partial<ReadOptions>, 'base'> = {}) {
  if (rights.length > 0) await withdraw(kafka.bootstrap, watchdog, rights)
  const reading = await read(kafka.sasl, { base, ...options }, settings())
  const found = await connected(kafka.sasl, settings(), connection =>
    readRights(connection, { topics: ['orders', 'nowhere'], groups: ['simple', 'nobody'] }),
  )
  const absent = [...reading.groups.values()].flatMap(group => group.absent)
  return { reading, absent, rights: found }
}

const onOffsetsTopic = { on: 'TOPIC', name: '__consumer_offsets' } as const
const denied = (text: string) =>
  expect.objectContaining({ code: 'not-authorized', message: expect.stringContaining(text) })

test('the documented rights are enough', async () => {
  const { reading, rights } = await without([])
  expect(reading).toMatchObject({ complete: true, problems: [] })
  expect(offsetsOf(reading, 'simple')).toEqual(['orders-0: 2'])
  expect(reading.groups.get('running')?.subscribed).toEqual(new Set(['orders']))

  expect(rights).toEqual({
    cluster: { describe: true, describeConfigs: true },
    consumerOffsets: { exists: true, describe: true, read: false, describeConfigs: false },
    topics: new Map([
      ['orders', { exists: true, describe: true, read: false, describeConfigs: false }],
      ['nowhere', { exists: false, describe: true, read: undefined, describeConfigs: undefined }],
    ]),
    groups: new Map([
      ['simple', true],
      ['nobody', true],
    ]),
  })
})

test.each<[string, Right[], string | null]>([
  ['is read with DESCRIBE_CONFIGS', [{ ...onOffsetsTopic, operation: 'DESCRIBE_CONFIGS' }], 'compact'],
  ['is unknown without DESCRIBE_CONFIGS, and the snapshot is still complete', [], null],
])('cleanup.policy of __consumer_offsets %s', async (_, rights, cleanupPolicy) => {
  if (rights.length > 0) await grant(kafka.bootstrap, watchdog, rights)
  const { reading } = await without([])
  if (rights.length > 0) await withdraw(kafka.bootstrap, watchdog, rights)
  expect(reading).toMatchObject({
    complete: true,
    problems: [],
    offsetsTopic: { cleanupPolicy, partitions: 4 },
  })
})

test("without DESCRIBE on topics nothing is absent, not even a deleted group's offsets", async () => {
  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  await admin.deleteGroups(['doomed'])
  await admin.disconnect()

  const { reading, absent, rights } = await without([topics])
  expect(absent).toEqual([])
  const unreadable = [{ topic: 'orders', partition: 0 }]
  expect(reading.groups.get('simple')).toMatchObject({ kind: 'simple', state: 'Empty', unreadable })
  expect(reading.groups.get('doomed')).toMatchObject({ state: 'Dead', unreadable })
  expect(reading.groups.get('running')).toMatchObject({
    kind: 'consumer',
    state: 'Stable',
    subscribed: undefined,
    unreadable,
  })
  expect(reading.topics.has('orders')).toBe(false)
  expect(reading.problems).toEqual([denied('topic "orders"'), denied('group "running"')])
  expect(reading.complete).toBe(false)
  expect(rights.topics.get('orders')).toEqual({
    exists: undefined,
    describe: false,
    read: undefined,
    describeConfigs: undefined,
  })
})

test('without DESCRIBE on groups no group is read, and none is dead', async () => {
  const { reading, rights } = await without([groups])
  expect([...reading.groups]).toEqual([])
  expect(reading.problems).toEqual([denied('3 groups')])
  expect(reading.complete).toBe(false)
  expect(rights.groups).toEqual(
    new Map([
      ['simple', false],
      ['nobody', false],
    ]),
  )
})

test('without DESCRIBE on groups and cluster no group is listed, and none is dead', async () => {
  const { reading } = await without([groups, cluster])
  expect([...reading.groups]).toEqual([])
  expect(reading.problems).toContainEqual(denied('Groups may be missing'))
  expect(reading.complete).toBe(false)
})

test('without DESCRIBE on the cluster groups may be missing, but not those asked for by name', async () => {
  const { reading, rights } = await without([cluster])
  expect(offsetsOf(reading, 'simple')).toEqual(['orders-0: 2'])
  expect(reading.problems).toEqual([denied('Groups may be missing')])
  expect(reading.complete).toBe(false)
  expect(rights.cluster).toEqual({ describe: false, describeConfigs: undefined })

  const { reading: named } = await without([], { groups: ['simple'] })
  expect(offsetsOf(named, 'simple')).toEqual(['orders-0: 2'])
  expect(named).toMatchObject({ complete: true, problems: [] })
})

test('without DESCRIBE_CONFIGS the retention comes from the settings, or is 7 days', async () => {
  const { reading, rights } = await without([configs])
  expect(reading.brokers).toEqual([{ broker: 1, retention: 604_800_000, sweep: 600_000, source: 'default' }])
  expect(reading.problems).toEqual([denied('DESCRIBE_CONFIGS')])
  expect(reading.complete).toBe(true)
  expect(rights.cluster).toEqual({ describe: true, describeConfigs: false })

  const { reading: configured } = await without([], { retention: 3_600_000 })
  expect(configured.brokers).toMatchObject([{ retention: 3_600_000, source: 'settings' }])
  expect(configured.problems).toEqual([])
})
