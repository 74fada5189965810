import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sharedKafka, unique } from '../shared/kafka.ts'
import { type Witness, witness } from '../witness.ts'
import { commitRaw } from './commit-raw.ts'
import { consumerGroups } from './consumer-groups.ts'
import { type JavaClients, startJavaClients } from './java-clients.ts'
import { kafkajs } from './kafkajs.ts'
import { createTopic } from './topics.ts'
import { pendingOffsets } from './transaction.ts'

const topic = unique('orders')
const partition = { topic, partition: 0 }
let bootstrap: readonly string[]
let clients: JavaClients
let truth: Witness

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  clients = await startJavaClients(bootstrap)
  truth = await witness(bootstrap)
})
afterAll(async () => {
  await truth?.close()
  await clients?.kill()
})

test('Kafka lists each kind of group under its own name', async () => {
  const kinds = ['simple', 'classic', 'consumer', 'streams', 'share'] as const
  const groups = Object.fromEntries(kinds.map(kind => [kind, unique(kind)]))
  const { simple = '', classic = '', consumer = '', streams = '', share = '' } = groups

  const assigned = clients.classic(simple)
  await assigned.assign(partition)
  await assigned.commit({ ...partition, offset: 1n, metadata: 'by hand' })
  const members = [
    clients.classic(classic),
    clients.consumer(consumer),
    clients.streams(streams),
    clients.share(share),
  ]
  await Promise.all(members.map(member => member.subscribe(topic)))

  const table = await consumerGroups(bootstrap, '--list', '--type')
  const listed = await kafkajsGroups()
  expect(table).toMatch(new RegExp(`${simple} +Classic`))
  expect(table).toMatch(new RegExp(`${classic} +Classic`))
  expect(table).toMatch(new RegExp(`${consumer} +Consumer`))
  expect(listed).toMatchObject({
    [simple]: '',
    [classic]: 'consumer',
    [streams]: 'streams',
    [share]: 'share',
  })

  await Promise.all(members.map(member => member.close()))
})

describe.each(['classic', 'consumer'] as const)('a consumer of a %s group', protocol => {
  test("continues at the group's commit, receives no earlier records, commits on request, and leaves", async () => {
    const group = unique(protocol)
    const first = clients[protocol](group)
    await first.subscribe(topic)
    await first.commit({ ...partition, offset: 4n }, { topic, partition: 1, offset: 6n })
    await first.close()

    const second = clients[protocol](group)
    await second.subscribe(topic)
    const records = await second.poll(10_000)
    expect(records).toContainEqual({ ...partition, offset: 4n })
    expect(await truth.committed(group, partition)).toBe(4n)

    await second.commit({ ...partition, offset: 9n })
    expect(await truth.committed(group, partition)).toBe(9n)
    await second.close()
  })
})

test('a commit that the coordinator refuses is rejected', async () => {
  const group = unique('classic')
  const member = clients.classic(group)
  await member.subscribe(topic)

  const stranger = clients.classic(group)
  await stranger.assign(partition)
  await expect(stranger.commit({ ...partition, offset: 1n })).rejects.toThrow('CommitFailedException')

  await stranger.close()
  await member.close()
})

test('offsets of a transaction are visible after its commit, and not after its abort', async () => {
  const group = unique('transactional')
  const kept = await pendingOffsets(bootstrap, group, [{ ...partition, offset: 7n }])
  expect(await truth.committed(group, partition)).toBeUndefined()
  await kept.commit()
  await truth.waitUntilCommitted(group, partition, 7n)

  const dropped = await pendingOffsets(bootstrap, group, [{ ...partition, offset: 8n }])
  await dropped.abort()
  expect(await truth.committed(group, partition)).toBe(7n)
})

test('a raw commit makes a simple group, and each offset can have its own expiry', async () => {
  const [lasting, brief] = [unique('lasting'), unique('brief')]
  await commitRaw(bootstrap, [
    { group: lasting, offsets: [{ ...partition, offset: 3n, metadata: 'raw' }], expiresIn: 3_600_000 },
    { group: brief, offsets: [{ ...partition, offset: 4n }], expiresIn: 1000 },
  ])

  await truth.waitUntilGone(brief)
  expect(await truth.committed(lasting, partition)).toBe(3n)
})

test('a crash of the clients rejects their pending requests', async () => {
  const doomed = await startJavaClients(bootstrap)
  const waiting = doomed.classic(unique('classic')).subscribe(unique('no-such-topic'))
  await doomed.kill()
  await expect(waiting).rejects.toThrow('The Java clients ended')
})

async function kafkajsGroups(): Promise<Record<string, string>> {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  const { groups } = await admin.listGroups()
  await admin.disconnect()
  return Object.fromEntries(groups.map(({ groupId, protocolType }) => [groupId, protocolType]))
}
