import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect } from '../../functions/kafka/connection/connection.ts'
import { findCoordinator } from '../../functions/kafka/protocol/messages/find-coordinator.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { consumerGroups } from '../brokers/clients/consumer-groups.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { firstOffset } from '../brokers/clients/kafkajs.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { run } from '../brokers/java.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import type { KafkaNode } from '../brokers/node.ts'
import { until } from '../brokers/until.ts'
import { witness } from '../brokers/witness.ts'
import { plaintext } from '../builders/kafka-settings.ts'
import { operatorOf } from './restoring.ts'
import { type Taken, type Watchdog, watchdog } from './watchdog.ts'

// Takes snapshots in a tight loop while brokers stop and start: no existing offset is ever called gone.

const partitions = [0, 1]
const simple = Array.from({ length: 300 }, (_, i) => `simple-${i}`)
const members = ['classic', 'consumer'].flatMap(kind => [1, 2].map(n => `${kind}-${n}`))
const rows = simple.length * partitions.length + members.length
const commitOf = (group: string) => ({
  group,
  offsets: partitions.map(partition => ({ topic: 'orders', partition, offset: 2n })),
})

/** By default the controllers wait 9 s before they declare a killed node dead. */
const properties = { 'broker.session.timeout.ms': 6000, 'broker.heartbeat.interval.ms': 500 }

let kafka: Kafka
let clients: JavaClients
let dog: Watchdog

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, retentionMinutes: 600, properties })
  const { bootstrap } = kafka
  await createTopic(bootstrap, 'orders', { partitions: 6, records: 5 })
  await commitRaw(bootstrap, simple.map(commitOf))
  clients = await startJavaClients(bootstrap)
  await Promise.all(
    members.map(async group => {
      const member = group.startsWith('classic') ? clients.classic(group) : clients.consumer(group)
      await member.subscribe('orders')
      await member.commit({ topic: 'orders', partition: 0, offset: 2n })
    }),
  )
  dog = await watchdog({ KAFKA_BROKERS: bootstrap.join() })
  const first = await dog.snapshot()
  expect(first).toMatchObject({ complete: true, problems: [] })
  expect(new Set(first.commits.map(({ coordinator }) => coordinator)).size).toBeGreaterThan(1)
})
afterAll(async () => {
  await dog?.[Symbol.asyncDispose]()
  await clients?.kill()
  await kafka?.close()
})

/** Takes snapshots, one after the other, while something happens and until everything is read again. */
async function snapshotsDuring(
  dog: Watchdog,
  event: (taken: readonly Taken[]) => Promise<unknown>,
): Promise<Taken[]> {
  const taken: Taken[] = []
  let isOver = false
  const happening = event(taken).finally(() => {
    isOver = true
  })
  while (!isOver || !taken.at(-1)?.complete) taken.push(await dog.snapshot())
  await happening
  return taken
}

const nodeOf = ({ nodes }: Kafka, id: number | undefined): KafkaNode => {
  const node = nodes.find(each => each.id === id)
  if (node === undefined) throw new Error(`there is no node ${id}`)
  return node
}

/** The node that coordinates most of the groups. */
async function busiest(): Promise<KafkaNode> {
  const { commits } = await dog.snapshot()
  const counts = [...Map.groupBy(commits, ({ coordinator }) => coordinator)]
  return nodeOf(kafka, counts.sort(([, a], [, b]) => b.length - a.length)[0]?.[0])
}

function expectEveryRow(taken: readonly Taken[]): void {
  for (const { commits, complete, problems } of taken) {
    expect(commits).toHaveLength(rows)
    expect(
      commits.filter(({ gone, previousCommit: before, offset }) => gone || before || offset !== 2n),
    ).toEqual([])
    if (!complete) expect(problems.length).toBeGreaterThan(0)
  }
  expect(taken.at(-1)).toMatchObject({
    complete: true,
    counts: { groups: simple.length + members.length, commits: rows, gone: 0 },
  })
}

test('no row is lost while a coordinator is killed and comes back, and the gap is reported', async () => {
  const node = await busiest()
  const taken = await snapshotsDuring(dog, async taken => {
    await node.kill()
    // The first snapshots after the kill still name the node as a coordinator.
    await until(async () => taken.some(({ complete }) => !complete) && taken.at(-1)?.complete)
    await node.start()
  })
  expectEveryRow(taken)
  const told = taken.filter(({ complete }) => !complete).flatMap(({ problems }) => problems)
  expect(told).toContainEqual(expect.objectContaining({ code: 'unreachable', scope: { broker: node.id } }))
})

test('no row is lost while a coordinator is stopped and comes back', async () => {
  const node = await busiest()
  const taken = await snapshotsDuring(dog, async taken => {
    await node.stop()
    const before = taken.length
    await until(async () => taken.length > before + 1)
    await node.start()
  })
  expectEveryRow(taken)
})

test('no row is lost while leaders move back', async () => {
  expectEveryRow(await snapshotsDuring(dog, electPreferredLeaders))
})

/** Runs Kafka's own tool, since no other client here speaks ElectLeaders. */
async function electPreferredLeaders(): Promise<void> {
  const options = ['-Xmx256m', ...(await clientsClasspath())]
  const tool = 'org.apache.kafka.tools.LeaderElectionCommand'
  const args = ['--election-type', 'PREFERRED', '--all-topic-partitions']
  await run('java', [...options, tool, '--bootstrap-server', kafka.bootstrap.join(), ...args])
}

test('a restore waits for the new coordinator if the old one dies after the plan', async () => {
  const group = 'payments'
  const partition = { topic: 'orders', partition: 0 }
  const offsets = [{ ...partition, offset: 4n }]
  await commitRaw(kafka.bootstrap, [{ group, offsets }])
  await using operator = await operatorOf(kafka.bootstrap)
  await operator.snapshot(group)
  await commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn: 100 }])
  await using truth = await witness(kafka.bootstrap)
  await truth.waitUntilGone(group)
  await operator.snapshot(group)

  const proposed = await operator.plan(group)
  const dying = await coordinatorOf(group)
  await nodeOf(kafka, dying).kill()

  expect((await operator.execute(proposed)).rows).toEqual([
    { ...partition, outcome: 'restored', target: 4n, found: 4n, why: null },
  ])
  expect(await coordinatorOf(group)).not.toBe(dying)
  expect(await firstOffset(kafka.bootstrap, group, partition)).toBe(4n)
})

async function coordinatorOf(group: string): Promise<number | undefined> {
  const connection = await connect(plaintext(...kafka.bootstrap))
  try {
    return (await connection.sendToAny(findCoordinator, { groups: [group] }))[0]?.broker
  } finally {
    await connection.close()
  }
}

test('a group that is deleted while another coordinator is down is gone, and no other group is', async () => {
  // Without replicas, the offsets on a node are out of reach while the node is down.
  const alone = { ...properties, 'offsets.topic.replication.factor': 1 }
  await using fragile = await startKafka({ brokers: 3, retentionMinutes: 600, properties: alone })
  await createTopic(fragile.bootstrap, 'orders', { partitions: 2, records: 5 })
  await commitRaw(fragile.bootstrap, simple.slice(0, 40).map(commitOf))
  await using its = await watchdog({ KAFKA_BROKERS: fragile.bootstrap.join() })
  const { commits: before } = await its.snapshot()

  const down = nodeOf(fragile, before[0]?.coordinator)
  const deleted = before.find(({ coordinator }) => coordinator !== down.id)?.group ?? ''
  await down.kill()
  const live = fragile.nodes.filter(({ id }) => id !== down.id).map(({ address }) => address)
  await consumerGroups(live, '--delete', '--group', deleted)

  const during = await its.snapshot()
  expect(during.complete).toBe(false)
  expect(during.problems.length).toBeGreaterThan(0)
  expect(during.commits).toHaveLength(before.length)
  for (const { group, coordinator, gone, seenAt } of during.commits) {
    expect({ group, isGone: gone !== null }).toEqual({ group, isGone: group === deleted })
    if (coordinator === down.id) expect(seenAt).toBeLessThan(during.takenAt)
  }

  await down.start()
  const [after] = (await snapshotsDuring(its, async () => {})).slice(-1)
  expect(after?.counts).toMatchObject({ gone: partitions.length, commits: before.length - partitions.length })
})
