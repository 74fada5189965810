import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { groupPartition } from '../../functions/core/group-partition.ts'
import { CONSUMER_OFFSETS } from '../../functions/core/model/topic-partition.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { addPartitions, configureTopic, createTopic } from '../brokers/clients/topics.ts'
import { type Taken, type Watchdog, watchdog } from './watchdog.ts'

const topic = 'orders'
const WEEK = 7 * 24 * 60

/** A broker on which no offset expires during a test. */
async function aBroker(): Promise<Kafka> {
  const kafka = await startKafka({
    retentionMinutes: WEEK,
    properties: { 'log.retention.check.interval.ms': 300, 'log.initial.task.delay.ms': 300 },
  })
  await createTopic(kafka.bootstrap, topic, { records: 100 })
  return kafka
}

const commit = (kafka: Kafka, offset: bigint, ...groups: string[]) =>
  commitRaw(
    kafka.bootstrap,
    groups.map(group => ({ group, offsets: [{ topic, partition: 0, offset }] })),
  )

async function restart({ nodes }: Kafka): Promise<void> {
  for (const node of nodes) {
    await node.stop()
    await node.start()
  }
}

const troubles = ({ problems }: Taken) =>
  problems.filter(({ code }) => code === 'offsets-topic').map(({ message }) => message)
const commitsOf = ({ commits }: Taken, ...groups: string[]) =>
  commits.filter(({ group }) => groups.includes(group))

describe('a __consumer_offsets that deletes records by age', () => {
  const idle = ['billing', 'invoices', 'payments']
  let kafka: Kafka
  let dog: Watchdog
  beforeAll(async () => {
    kafka = await aBroker()
    dog = await watchdog({ KAFKA_BROKERS: kafka.bootstrap.join() })
    await commit(kafka, 50n, ...idle)
    expect(troubles(await dog.snapshot())).toEqual([])
  })
  afterAll(async () => {
    await dog?.[Symbol.asyncDispose]()
    await kafka?.close()
  })

  test('is reported at once with the endangered groups, and is later the reason of their losses', async () => {
    const policy = { 'cleanup.policy': 'delete', 'retention.ms': '3000', 'segment.ms': '1000' }
    await configureTopic(kafka.bootstrap, CONSUMER_OFFSETS, policy)
    expect(troubles(await dog.snapshot())).toEqual([expect.stringContaining('has cleanup.policy=delete')])

    // In each partition a segment is deleted only after another one has begun.
    const trickle = ['a', 'b', 'c', 'd']
    expect(new Set(trickle.map(group => groupPartition(group, 4))).size).toBe(4)
    let taken = await dog.snapshot()
    for (let offset = 1n; !troubles(taken)[0]?.includes('groups: '); offset = (offset % 90n) + 1n) {
      await commit(kafka, offset, ...trickle)
      await sleep(300)
      taken = await dog.snapshot()
    }
    const said =
      /The next restart of the coordinator loses the offsets of 3 groups: "billing", "invoices", "payments"/
    while (!said.test(troubles(taken)[0] ?? '')) {
      await commit(kafka, 7n, ...trickle)
      taken = await dog.snapshot()
    }
    expect(commitsOf(taken, ...idle).map(({ gone }) => gone)).toEqual([null, null, null])

    const status = await dog.cli(['status'])
    expect(status.stdout).toMatch(said)
    const doctor = await dog.cli(['doctor'])
    // By now the groups that keep committing may have lost their last records, too.
    expect(doctor.stdout).toMatch(/fail {2}__consumer_offsets: .*cleanup\.policy=delete.*groups: .*"billing/)

    await restart(kafka)
    const after = await dog.snapshot()
    expect(commitsOf(after, ...idle).map(({ gone }) => gone?.reason)).toEqual(idle.map(() => 'offsets-topic'))
    const lost = await dog.cli(['lookup', 'billing'])
    expect(lost.stdout).toContain('lost by __consumer_offsets')
  })
})

describe('a raise of __consumer_offsets from 4 to 8 partitions', () => {
  const isMoving = (group: string) => groupPartition(group, 4) !== groupPartition(group, 8)
  const names = Array.from({ length: 40 }, (_, i) => `group-${i}`)
  const staying = names.filter(group => !isMoving(group)).slice(0, 2)
  const moving = names.filter(isMoving).slice(0, 4)
  const [lost = '', again = '', rewound = '', ahead = ''] = moving
  let kafka: Kafka
  beforeAll(async () => {
    kafka = await aBroker()
    await commit(kafka, 50n, ...staying, ...moving)
  })
  afterAll(() => kafka?.close())

  test('is reported at once, keeps ages exact, and is the reason of the losses after the restart', async () => {
    await using dog = await watchdog({ KAFKA_BROKERS: kafka.bootstrap.join() })
    expect(troubles(await dog.snapshot())).toEqual([])
    await addPartitions(kafka.bootstrap, CONSUMER_OFFSETS, 8)
    await commit(kafka, 50n, again)

    const raised = await dog.snapshot()
    const said =
      'was raised from 4 to 8. Brokers use 4 until they restart, and then look for some groups in another partition. That restart loses the offsets of 4 groups: '
    expect(troubles(raised)).toEqual([expect.stringContaining(said)])
    expect(raised.mode).toBe('exact')
    expect(raised.commits.map(({ evidence }) => evidence)).toEqual([...staying, ...moving].map(() => 'exact'))
    expect((await dog.cli(['status'])).stdout).toContain(said)
    expect((await dog.cli(['doctor'])).stdout).toContain(said)

    // A watchdog that starts only now learns from the records that the partitions were raised.
    await using late = await watchdog({ KAFKA_BROKERS: kafka.bootstrap.join() })
    expect(troubles(await late.snapshot())).toEqual([expect.stringContaining('was raised from 4 to 8')])
    const lateNext = await late.snapshot()
    expect(lateNext.commits.map(({ evidence }) => evidence)).toEqual(raised.commits.map(() => 'exact'))

    await restart(kafka)
    await commit(kafka, 20n, rewound)
    await commit(kafka, 90n, ahead)
    const after = await dog.snapshot()
    expect(troubles(after)).toEqual([])
    expect(commitsOf(after, ...staying).map(({ gone }) => gone)).toEqual(staying.map(() => null))
    expect(commitsOf(after, lost, again).map(({ gone }) => gone?.reason)).toEqual([
      'offsets-topic',
      'offsets-topic',
    ])
    expect(commitsOf(after, rewound, ahead).map(({ previousCommit: before }) => before)).toMatchObject([
      { offset: 50n, reason: 'offsets-topic', resetTo: 20n },
      { offset: 50n, reason: 'offsets-topic', resetTo: 90n },
    ])

    const next = await dog.snapshot()
    expect(next).toMatchObject({ mode: 'exact', problems: [] })
    expect(commitsOf(next, ...staying, rewound, ahead).map(({ evidence }) => evidence)).toEqual(
      Array.from({ length: 4 }, () => 'exact'),
    )
  })
})
