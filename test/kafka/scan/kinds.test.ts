import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Reading } from '../../../functions/core/reading.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { type JavaClients, startJavaClients } from '../../brokers/clients/java-clients.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { offsetsOf, read } from './read.ts'

const topic = unique('kinds-orders')
const other = unique('kinds-returns')
const empty = unique('kinds-empty')

const names = {
  simple: unique('kinds-simple'),
  running: unique('kinds-classic-running'),
  rebalancing: unique('kinds-classic-rebalancing'),
  silent: unique('kinds-classic-never-committed'),
  stopped: unique('kinds-classic-stopped'),
  assigning: unique('kinds-classic-now-assigning'),
  consumer: unique('kinds-consumer-running'),
  consumerStopped: unique('kinds-consumer-stopped'),
  streams: unique('kinds-streams-running'),
  share: unique('kinds-share'),
}

let clients: JavaClients
let reading: Reading

beforeAll(async () => {
  const bootstrap = await sharedKafka()
  await Promise.all([topic, other].map(name => createTopic(bootstrap, name, { partitions: 2, records: 10 })))
  await createTopic(bootstrap, empty)
  clients = await startJavaClients(bootstrap)
  const at = (offset: bigint, name = topic) => ({ topic: name, partition: 0, offset })

  await commitRaw(bootstrap, [
    { group: names.simple, offsets: [{ ...at(3n), metadata: 'by hand', leaderEpoch: 0 }] },
  ])
  for (const [group, protocol] of [
    [names.running, 'classic'],
    [names.consumer, 'consumer'],
  ] as const) {
    const member = clients[protocol](group)
    await member.assign({ topic: other, partition: 0 })
    await member.commit(at(4n, other))
    await member.close()

    const joined = clients[protocol](group)
    await joined.subscribe(topic)
    await joined.commit(at(5n))
  }
  for (const [group, protocol] of [
    [names.stopped, 'classic'],
    [names.assigning, 'classic'],
    [names.consumerStopped, 'consumer'],
  ] as const) {
    const member = clients[protocol](group)
    await member.subscribe(topic)
    await member.commit(at(6n))
    await member.close()
  }
  await commitRaw(bootstrap, [{ group: names.assigning, offsets: [at(7n)] }])

  await clients.classic(names.silent).subscribe(topic, other, empty)
  await clients.classic(names.rebalancing).subscribe(topic)
  // The first member does not poll, so it does not notice that it has to join again.
  void clients
    .classic(names.rebalancing)
    .subscribe(topic)
    .catch(() => {})
  await clients.streams(names.streams).subscribe(topic)
  await clients.share(names.share).subscribe(topic)

  reading = await read(bootstrap)
})
afterAll(() => clients?.kill())

test.each([
  [
    'simple',
    { kind: 'simple', state: 'Empty', protocolType: '', subscribed: new Set(), member: null },
    [`${topic}-0: 3`],
  ],
  [
    'running',
    { kind: 'classic', state: 'Stable', protocolType: 'consumer', subscribed: new Set([topic]) },
    [`${topic}-0: 5`, `${other}-0: 4`],
  ],
  ['rebalancing', { kind: 'classic', state: 'PreparingRebalance', subscribed: undefined }, []],
  ['stopped', { kind: 'classic', state: 'Empty', protocolType: 'consumer', member: null }, [`${topic}-0: 6`]],
  ['assigning', { kind: 'classic', state: 'Empty', protocolType: 'consumer' }, [`${topic}-0: 7`]],
  [
    'consumer',
    { kind: 'consumer', state: 'Stable', protocolType: 'consumer', subscribed: new Set([topic]) },
    [`${topic}-0: 5`, `${other}-0: 4`],
  ],
  ['consumerStopped', { kind: 'consumer', state: 'Empty', subscribed: new Set() }, [`${topic}-0: 6`]],
  ['streams', { kind: 'streams', protocolType: 'streams', subscribed: new Set([topic]) }, undefined],
] as const)('the %s group', (name, expected, offsets) => {
  expect(reading.groups.get(names[name])).toMatchObject({ ...expected, coordinator: 1, pendingGuards: true })
  if (offsets) expect(offsetsOf(reading, names[name])).toEqual([...offsets].sort())
})

test.each(['running', 'consumer', 'streams', 'rebalancing'] as const)('the %s group has a member', name => {
  const { clientId, host } = reading.groups.get(names[name])?.member ?? {}
  expect({ clientId, host }).toEqual({ clientId: expect.stringMatching(/./), host: '127.0.0.1' })
})

test.each([
  ['running', [`${topic}-1`]],
  ['consumer', [`${topic}-1`]],
  ['silent', [`${other}-0`, `${other}-1`, `${topic}-0`, `${topic}-1`]],
  ['stopped', undefined],
  ['rebalancing', undefined],
  ['streams', undefined],
] as const)('never-committed partitions with records that members of the %s group own', (name, expected) => {
  const found = reading.uncommitted?.get(names[name])?.map(({ topic, partition }) => `${topic}-${partition}`)
  expect(found?.sort()).toEqual(expected && [...expected].sort())
})

test('a share group commits no offsets and is left out', () => {
  expect(reading.groups.has(names.share)).toBe(false)
})

test('a commit has its leader epoch and metadata', () => {
  const { from = 0 } = reading.groups.get(names.simple) ?? {}
  expect(reading.offsets.leaderEpoch[from]).toBe(0)
  expect(reading.offsets.metadata[from]).toBe('by hand')
})

test('a topic has its id, and the start and end of each log that a commit points into', () => {
  expect(reading.topics.get(other)).toEqual({
    id: expect.stringMatching(/^[\w-]{22}$/),
    deleted: false,
    log: new Map([[0, { start: 0n, end: 10n }]]),
  })
})

test('the retention is what the broker reports', () => {
  expect(reading.brokers).toEqual([
    { broker: 1, retention: 7 * 24 * 3_600_000, sweep: 1000, source: 'broker' },
  ])
})
