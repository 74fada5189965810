import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { type GroupConsumer, type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { firstOffset } from '../brokers/clients/kafkajs.ts'
import type { OffsetsToCommit } from '../brokers/clients/offset-commit.ts'
import { createTopic, deleteRecords } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Operator, operatorOf } from './restoring.ts'

/** Groups that lost their offsets. */
const simple = unique('simple')
const classic = unique('classic')
const kafkajsClassic = unique('kafkajs')
const consumer = unique('consumer')
const reset = unique('reset')
const half = unique('half')
const belowStart = unique('below-start')
const groups = [simple, classic, kafkajsClassic, consumer, reset, half, belowStart]

const topic = unique('orders')
const shortened = unique('shortened')
const partition = { topic, partition: 0 }

let bootstrap: readonly string[]
let clients: JavaClients
let truth: Witness
let operator: Operator

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { partitions: 4, records: 10 })
  await createTopic(bootstrap, shortened, { records: 10 })
  clients = await startJavaClients(bootstrap)
  truth = await witness(bootstrap)
  operator = await operatorOf(bootstrap)

  for (const [group, member] of [
    [classic, clients.classic(classic)],
    [kafkajsClassic, clients.classic(kafkajsClassic)],
    [consumer, clients.consumer(consumer)],
  ] as const) {
    await member.subscribe(topic)
    await member.commit({ ...partition, offset: group === consumer ? 6n : 5n, metadata: 'note' })
    await member.close()
  }
  await commitRaw(bootstrap, [
    { group: simple, offsets: [{ ...partition, offset: 4n, leaderEpoch: 0, metadata: 'note' }] },
    { group: reset, offsets: [{ ...partition, offset: 3n }] },
    { group: half, offsets: [2, 3].map(partition => ({ topic, partition, offset: 7n })) },
    { group: half, offsets: [0, 1].map(partition => ({ topic, partition, offset: 8n })) },
    { group: belowStart, offsets: [{ topic: shortened, partition: 0, offset: 3n }] },
  ])
  await operator.snapshot(...groups)

  const expiring = (group: string, ...offsets: OffsetsToCommit['offsets']) => ({
    group,
    offsets,
    expiresIn: 100,
  })
  await commitRaw(bootstrap, [
    ...[classic, kafkajsClassic].map(group =>
      expiring(group, { ...partition, offset: 5n, metadata: 'note' }),
    ),
    expiring(consumer, { ...partition, offset: 6n, metadata: 'note' }),
    expiring(reset, { ...partition, offset: 3n }),
    expiring(half, ...[2, 3].map(partition => ({ topic, partition, offset: 7n }))),
    expiring(belowStart, { topic: shortened, partition: 0, offset: 3n }),
  ])
  // A commit with its own expiry has no leader epoch.
  await truth.deleteGroup(simple)
  for (const group of [simple, classic, kafkajsClassic, consumer, reset, belowStart])
    await truth.waitUntilGone(group)
  await truth.waitUntilGone(half, { topic, partition: 3 })
  await operator.snapshot(...groups)

  const latest = clients.classic(reset, { 'auto.offset.reset': 'latest' })
  await latest.assign(partition)
  await latest.poll(1000)
  await latest.commit({ ...partition, offset: 10n })
  await latest.close()
  await deleteRecords(bootstrap, { topic: shortened, partition: 0, offset: 6n })
  await operator.snapshot(...groups)
})

afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await truth?.close()
  await clients?.kill()
})

/** The first record of the topic that a member of the group gets. */
async function resumesAt(member: GroupConsumer, of = topic): Promise<bigint | undefined> {
  await member.subscribe(of)
  const [first] = await member.poll(20_000)
  await member.close()
  return first?.offset
}

describe('lost offsets are restored, and a consumer continues there', () => {
  test('simple group: a consumer with assign()', async () => {
    const { rows } = await operator.restore(simple)
    expect(rows).toEqual([{ ...partition, outcome: 'restored', target: 4n, found: 4n, why: null }])
    const { partitions } = await operator.kafka.read(simple, [])
    expect(partitions).toMatchObject([{ committed: { offset: 4n, leaderEpoch: 0, metadata: 'note' } }])

    const assigned = clients.classic(simple)
    await assigned.assign(partition)
    expect(await assigned.poll(20_000)).toEqual([{ ...partition, offset: 4n }])
    await assigned.close()
  })

  test('classic group: a Java consumer', async () => {
    await operator.restore(classic)
    expect(await resumesAt(clients.classic(classic))).toBe(5n)
  })

  test('classic group: a kafkajs consumer', async () => {
    await operator.restore(kafkajsClassic)
    expect(await firstOffset(bootstrap, kafkajsClassic, partition)).toBe(5n)
  })

  test('KIP-848 group: a Java consumer of that protocol', async () => {
    await operator.restore(consumer)
    expect(await resumesAt(clients.consumer(consumer))).toBe(6n)
  })
})

test('a group that was reset to latest gets its earlier position back', async () => {
  const { plan } = await operator.plan(reset)
  expect(plan.rows).toMatchObject([{ currentOffset: 10n, target: 3n, difference: -7n, verdict: 'restore' }])
  await operator.restore(reset)
  const assigned = clients.classic(reset)
  await assigned.assign(partition)
  expect(await assigned.poll(20_000)).toEqual([{ ...partition, offset: 3n }])
  await assigned.close()
})

test('a group can be restored from a snapshot before the newest', async () => {
  const misled = unique('misled')
  const commit = (offset: bigint) =>
    commitRaw(bootstrap, [{ group: misled, offsets: [{ ...partition, offset }] }])
  await commit(3n)
  await operator.snapshot(...groups, misled)
  const at = Date.now()
  await commit(9n)
  await operator.snapshot(...groups, misled)

  const from = { kind: 'snapshot', at } as const
  const proposed = await operator.plan(misled, {
    from,
    selection: { topic, partitions: undefined, all: false },
  })
  expect(proposed.plan.rows).toMatchObject([
    { currentOffset: 9n, target: 3n, difference: -6n, verdict: 'restore' },
  ])
  await operator.execute(proposed)
  const assigned = clients.classic(misled)
  await assigned.assign(partition)
  expect(await assigned.poll(20_000)).toEqual([{ ...partition, offset: 3n }])
  await assigned.close()
})

test('a group that lost half of its partitions gets these back, and the others are not changed', async () => {
  const { plan } = await operator.plan(half)
  expect(plan.rows.map(({ partition, verdict }) => [partition, verdict])).toEqual([
    [2, 'restore'],
    [3, 'restore'],
  ])
  expect(plan.others).toBe(2)
  await operator.restore(half)
  const committed = [0, 1, 2, 3].map(partition => truth.committed(half, { topic, partition }))
  expect(await Promise.all(committed)).toEqual([8n, 8n, 7n, 7n])

  const assigned = clients.classic(half)
  await assigned.assign({ topic, partition: 3 })
  expect(await assigned.poll(20_000)).toEqual([{ topic, partition: 3, offset: 7n }])
  await assigned.close()
})

describe('an offset below the log start', () => {
  const start = { topic: shortened, partition: 0 }

  test('is refused, or left out on request', async () => {
    const refused = await operator.plan(belowStart)
    expect(refused.plan.rows).toMatchObject([{ target: 3n, verdict: 'below-log-start' }])
    const skipped = await operator.plan(belowStart, { belowStart: 'skip' })
    expect(skipped.plan.rows).toMatchObject([{ target: 3n, verdict: 'left-out' }])

    expect((await operator.execute(refused)).rows).toEqual([])
    expect(await truth.committed(belowStart, start)).toBeUndefined()
  })

  test('becomes the log start on request', async () => {
    const { rows } = await operator.restore(belowStart, { belowStart: 'earliest' })
    expect(rows).toMatchObject([{ outcome: 'restored', target: 6n }])
    const assigned = clients.classic(belowStart, { 'auto.offset.reset': 'latest' })
    await assigned.assign(start)
    expect(await assigned.poll(20_000)).toEqual([{ ...start, offset: 6n }])
    await assigned.close()
  })
})
