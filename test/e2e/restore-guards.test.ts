import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { PartitionSelection } from '../../functions/core/recovery/restore-plan.ts'
import type { RestoreFrom } from '../../functions/jobs/propose-restore.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { consumerGroups } from '../brokers/clients/consumer-groups.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic, recreateTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { run } from '../cli/run.ts'
import { loseOffsets, type Operator, operatorOf } from './restoring.ts'

const topic = unique('orders')
const partition = { topic, partition: 0 }

let bootstrap: readonly string[]
let clients: JavaClients
let truth: Witness
let operator: Operator
let group: string

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
beforeEach(async () => {
  operator = await operatorOf(bootstrap)
  group = unique('group')
})
afterEach(async () => {
  await operator[Symbol.asyncDispose]()
})

const lost = (of = topic) => loseOffsets(operator, { bootstrap, truth, group, topic: of })

const committed = () => Promise.all([0, 1].map(partition => truth.committed(group, { topic, partition })))

describe('a group with members', () => {
  test.each(['classic', 'consumer'] as const)('is not changed: %s', async protocol => {
    await lost()
    const member = clients[protocol](group)
    await member.subscribe(topic)

    const proposed = await operator.plan(group)
    expect(proposed.plan.rows.map(({ verdict }) => verdict)).toEqual(['members', 'members'])
    expect((await operator.execute(proposed)).rows).toEqual([])
    expect(await committed()).toEqual([undefined, undefined])
    await member.close()
  })

  test.each(['classic', 'consumer'] as const)(
    'is not changed if the members join after the plan: %s',
    async protocol => {
      await lost()
      const proposed = await operator.plan(group)
      const member = clients[protocol](group)
      await member.subscribe(topic)

      const { rows } = await operator.execute(proposed)
      expect(rows.map(({ outcome }) => outcome)).toEqual(['members', 'members'])
      expect(await committed()).toEqual([undefined, undefined])
      await member.close()
    },
  )

  test.each(['classic', 'consumer'] as const)(
    'is protected by the broker if the members join last: %s',
    async protocol => {
      await lost()
      const member = clients[protocol](group)
      const { kafka } = operator
      const joining: typeof kafka = {
        ...kafka,
        async write(...offsets) {
          await member.subscribe(topic)
          return kafka.write(...offsets)
        },
      }

      const { rows } = await operator.execute(await operator.plan(group), { kafka: joining })
      expect(rows).toMatchObject([
        { outcome: 'members', why: 'the group has members (UNKNOWN_MEMBER_ID)' },
        { outcome: 'members' },
      ])
      expect(await committed()).toEqual([undefined, undefined])
      await member.close()
    },
  )
})

describe('a change since the plan', () => {
  test('keeps its partition unchanged, and the others are restored', async () => {
    await lost()
    const proposed = await operator.plan(group)
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])

    const { rows } = await operator.execute(proposed)
    expect(rows).toMatchObject([
      { outcome: 'changed', found: 9n, why: '9 was committed since the plan was made' },
      { outcome: 'restored', found: 5n },
    ])
    expect(await committed()).toEqual([9n, 5n])
  })

  test('keeps the group unchanged if the change is its deletion', async () => {
    await lost()
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])
    const proposed = await operator.plan(group)
    await truth.deleteGroup(group)

    const { rows } = await operator.execute(proposed)
    expect(rows).toMatchObject([{ outcome: 'changed', why: 'the group was deleted since the plan was made' }])
    expect(await committed()).toEqual([undefined, undefined])
  })
})

test('a hidden consumer that commits after the restore is detected', async () => {
  await lost()
  const hidden = clients.classic(group)
  await hidden.assign(partition)

  const { rows } = await operator.execute(await operator.plan(group), {
    lookAgainAfter: 2000,
    tell: step => void (step === 'read back' && hidden.commit({ ...partition, offset: 8n })),
  })
  expect(rows).toMatchObject([
    {
      outcome: 'overwritten',
      found: 8n,
      why: 'a client that is no member has committed 8 since, such as a consumer with assign() or MirrorMaker 2; stop the client, and run this command again',
    },
    { outcome: 'restored', found: 5n },
  ])
  await hidden.close()
})

describe('a restore refuses', () => {
  const file = (...offsets: bigint[]): RestoreFrom => ({
    kind: 'file',
    path: 'offsets.csv',
    offsets: offsets.map((offset, partition) => ({ topic, partition, offset })),
  })

  test.each<[string, bigint, string]>([
    ['a negative offset', -5n, 'negative'],
    ['2^60', 2n ** 60n, 'beyond-log-end'],
    ['an offset beyond 64 bits', 2n ** 70n, 'beyond-log-end'],
    ['an offset one beyond the log end', 11n, 'beyond-log-end'],
  ])('%s', async (_, offset, verdict) => {
    const proposed = await operator.plan(group, { from: file(offset) })
    expect(proposed.plan.rows).toMatchObject([{ verdict }])
    await operator.execute(proposed)
    expect(await truth.committed(group, partition)).toBeUndefined()
  })

  test('an unknown partition', async () => {
    const { plan } = await operator.plan(group, { from: file(1n, 1n, 1n) })
    expect(plan.rows.map(({ verdict }) => verdict)).toEqual(['restore', 'restore', 'no-such-partition'])
  })

  test('a deleted topic, and a recreated one', async () => {
    const doomed = unique('doomed')
    await createTopic(bootstrap, doomed, { partitions: 2, records: 10 })
    await lost(doomed)
    await recreateTopic(bootstrap, doomed, { partitions: 2, records: 10 })
    const { plan } = await operator.plan(group)
    expect(plan.rows.map(({ verdict }) => verdict)).toEqual(['topic-recreated', 'topic-recreated'])

    await recreateTopic(bootstrap, doomed, undefined)
    const later = await operator.plan(group)
    expect(later.plan.rows.map(({ verdict }) => verdict)).toEqual(['topic-deleted', 'topic-deleted'])
  })

  test('a topic that was recreated since the snapshot or the plan, with offsets from a file', async () => {
    const doomed = unique('doomed')
    const recreate = () => recreateTopic(bootstrap, doomed, { partitions: 2, records: 10 })
    const offsets = [{ topic: doomed, partition: 0, offset: 4n }]
    const from: RestoreFrom = { kind: 'file', path: 'offsets.csv', offsets }
    await createTopic(bootstrap, doomed, { partitions: 2, records: 10 })
    await lost(doomed)
    const proposed = await operator.plan(group, { from })
    await recreate()
    expect((await operator.execute(proposed)).rows).toMatchObject([{ outcome: 'changed' }])
    expect((await operator.plan(group, { from })).plan.rows).toMatchObject([{ verdict: 'topic-recreated' }])

    group = unique('unknown')
    const unknown = await operator.plan(group, { from })
    await recreate()
    expect((await operator.execute(unknown)).rows).toMatchObject([{ outcome: 'changed' }])
    expect(await truth.committed(group, { topic: doomed, partition: 0 })).toBeUndefined()
  })

  test('another cluster under the same name', async () => {
    await lost()
    const other = { ...operator.kafka, clusterId: 'another' }
    await expect(operator.plan(group, { kafka: other })).rejects.toThrow(
      /^cluster "prod" answers with the id another, but its snapshot is of .*: correct KAFKA_BROKERS\./,
    )
  })
})

test('a stopped streams group can be restored', async () => {
  const member = clients.streams(group)
  await member.subscribe(topic)
  await truth.waitUntilCommitted(group, partition, 10n)
  await member.close()

  const selection = { topic, partitions: [0], all: false }
  const from = { kind: 'time', time: 0 } as const
  const { plan, ...proposed } = await operator.plan(group, { from, selection })
  expect(plan).toMatchObject({
    kind: 'streams',
    rows: [{ currentOffset: 10n, target: 0n, verdict: 'restore' }],
  })
  expect((await operator.execute({ plan, ...proposed })).rows).toMatchObject([{ outcome: 'restored' }])
})

describe('a restore to a time, without a snapshot', () => {
  const everything: PartitionSelection = { topic, partitions: undefined, all: false }

  test('needs the name of a topic, and takes the offsets from its logs', async () => {
    const from = { kind: 'time', time: 0 } as const
    await expect(operator.plan(group, { from })).rejects.toThrow('name a topic.')
    const { plan } = await operator.plan(group, { from, selection: everything })
    expect(plan.rows).toMatchObject([
      { partition: 0, target: 0n, verdict: 'restore' },
      { partition: 1, target: 0n, verdict: 'restore' },
    ])
  })

  test('takes the log end for a time after the last record', async () => {
    const from = { kind: 'time', time: Date.now() } as const
    const { plan } = await operator.plan(group, { from, selection: { ...everything, partitions: [1] } })
    expect(plan.rows).toMatchObject([{ partition: 1, target: 10n, following: 0n }])
  })
})

test('a CSV gives the same offsets with Kafka’s own tool', async () => {
  await lost()
  const { environment, folder } = operator
  const csv = join(folder, 'offsets.csv')
  await writeFile(csv, (await run(['lookup', group, '--csv'], environment)).stdout)

  const byTool = unique('by-tool')
  await consumerGroups(bootstrap, '--group', byTool, '--reset-offsets', '--from-file', csv, '--execute')
  const { code, stderr } = await run(
    ['restore', group, '--from-file', csv, '--execute', '--yes'],
    environment,
  )
  expect({ code, stderr: stderr.split('\n')[0] }).toEqual({
    code: 0,
    stderr: '2 offsets written; reading back …',
  })
  for (const each of [0, 1]) {
    const own = await truth.committed(group, { topic, partition: each })
    expect(own).toBe(await truth.committed(byTool, { topic, partition: each }))
    expect(own).toBe(BigInt(each + 4))
  }
})
