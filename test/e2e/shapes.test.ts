import { describe, expect, test } from '@jest/globals'
import { groupPartition } from '../../functions/core/group-partition.ts'
import { describeConfigs } from '../../functions/kafka/protocol/messages/describe-configs.ts'
import { describeGroups } from '../../functions/kafka/protocol/messages/describe-groups.ts'
import { fetch } from '../../functions/kafka/protocol/messages/fetch.ts'
import { listOffsets } from '../../functions/kafka/protocol/messages/list-offsets.ts'
import { offsetCommit } from '../../functions/kafka/protocol/messages/offset-commit.ts'
import type { FakeBroker } from '../brokers/fake/fake-broker.ts'
import type { Shape } from '../brokers/fake/fake-cluster.ts'
import { operatorOf } from './restoring.ts'
import { closeAfterEach, expiresAtOnce, service } from './service.ts'

closeAfterEach()

const consumerOffsets = { topic: '__consumer_offsets' }
const offsetsIn = ({ groups }: FakeBroker['cluster'], group: string): string[] =>
  [...(groups.get(group)?.offsets.values() ?? [])]
    .map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`)
    .sort()

/** Places groups like Redpanda's jump hash: not as Java's hash does. */
const elsewhere: Shape['placement'] = (group, partitions) =>
  (groupPartition(group, partitions) + 1) % partitions

describe('a service that places groups in other partitions of __consumer_offsets than Kafka', () => {
  const placements: [name: string, placement: Shape['placement']][] = [
    ['as in Apache Kafka', groupPartition],
    ['all elsewhere', elsewhere],
    ['some elsewhere', (group, n) => (group === 'billing' ? groupPartition(group, n) : elsewhere(group, n))],
  ]

  test.each(placements)('a loss is found even if the group has committed again: %s', async (_, placement) => {
    const { kafka, snapshot, cli } = await service({ placement, configs: expiresAtOnce })
    kafka.commit('billing', 'orders', 10)
    kafka.commit('payments', 'orders', 60)
    await snapshot()
    kafka.commit('payments', 'orders', 61)
    await snapshot()
    kafka.deleteOffset('payments', 'orders')
    kafka.commit('payments', 'orders', 5)

    const isKafka = placement === groupPartition
    const { commits, mode, problems } = await snapshot()
    expect(mode).toBe(isKafka ? 'exact' : 'observed')
    expect(commits.find(({ group }) => group === 'payments')?.previousCommit).toMatchObject({
      offset: 61n,
      reason: isKafka ? 'expired' : 'unknown',
    })
    expect(problems).toMatchObject(isKafka ? [] : [{ code: 'unsupported', scope: consumerOffsets }])

    // The log has no new records, and the earlier finding holds.
    expect((await snapshot()).mode).toBe(mode)
    expect((await cli(['status'])).stdout).toContain(isKafka ? 'Ages are exact' : 'They cannot be exact')
  })

  test('commits from before the number of partitions was raised do not make ages inexact', async () => {
    let wasRaised = false
    const { kafka, snapshot } = await service({
      placement: (group, n) => (wasRaised ? groupPartition(group, n) : elsewhere(group, n)),
    })
    kafka.commit('payments', 'orders', 60)
    kafka.groups.clear()
    wasRaised = true
    kafka.commit('payments', 'orders', 60)
    expect(await snapshot()).toMatchObject({ mode: 'exact', problems: [], commits: [{ evidence: 'exact' }] })
  })

  test('ages are not exact if the log has none of the commits', async () => {
    const { kafka, snapshot, cli } = await service({})
    kafka.commit('payments', 'orders', 60)
    for (const batches of kafka.log) batches.length = 0

    const { mode, commits } = await snapshot()
    expect(mode).toBe('observed')
    expect(commits).toMatchObject([{ evidence: 'unknown' }])
    expect((await cli(['status'])).stdout).toContain('has none of these commits')
  })
})

describe.each<[Shape['consumerOffsets'], Shape['unknownGroup']]>([
  ['absent', 'no offset'],
  ['absent', 'GROUP_ID_NOT_FOUND'],
  ['hidden', 'no offset'],
  ['hidden', 'GROUP_ID_NOT_FOUND'],
  ['readable', 'GROUP_ID_NOT_FOUND'],
])(
  '__consumer_offsets is %s, and OffsetFetch answers %s for a deleted group',
  (consumerOffsets, unknownGroup) => {
    const shape = { consumerOffsets, unknownGroup }
    const isReadable = consumerOffsets === 'readable'

    test('a deleted group is gone, and restore brings it back', async () => {
      const { kafka, snapshot, cli, store, address } = await service(shape)
      kafka.commit('payments', 'orders', 60)
      kafka.commit('payments', 'orders', 7, { partition: 1 })
      kafka.commit('billing', 'orders', 10)
      expect(await snapshot()).toMatchObject({ complete: true, mode: isReadable ? 'exact' : 'observed' })
      kafka.deleteGroup('payments')

      const { complete, commits, problems } = await snapshot()
      expect({ complete, problems }).toEqual({ complete: true, problems: [] })
      expect(commits.filter(({ gone }) => gone).map(({ group, offset }) => `${group} ${offset}`)).toEqual([
        'payments 60',
        'payments 7',
      ])
      kafka.produce('orders', 10, { partition: 1 })
      expect((await cli(['restore', 'payments'])).stdout).toContain('restore: at most 40 records to read')
      await using operator = await operatorOf([address], { WATCHDOG_STORE: store })
      expect((await operator.restore('payments')).rows).toMatchObject([
        { outcome: 'restored', found: 60n },
        { outcome: 'restored', found: 7n },
      ])
      expect(offsetsIn(kafka, 'payments')).toEqual(['orders-0: 60', 'orders-1: 7'])
    })

    test('the last group of a cluster is gone after its deletion', async () => {
      const { kafka, snapshot } = await service(shape)
      kafka.commit('payments', 'orders', 60)
      await snapshot()
      kafka.deleteGroup('payments')
      const { complete, commits } = await snapshot()
      expect({ complete, gone: commits.map(({ gone }) => gone !== null) }).toEqual({
        complete: true,
        gone: [true],
      })
    })

    test('only exact ages are called exact, and only useful rights are asked for', async () => {
      const { kafka, snapshot, cli } = await service(shape)
      kafka.commit('payments', 'orders', 60)
      await snapshot()
      const [status, json, doctor] = await Promise.all([
        cli(['status']),
        cli(['snapshot', '--json']),
        cli(['doctor']),
      ])
      const mode = isReadable ? 'exact' : 'observed'
      expect(JSON.parse(json.stdout).snapshots).toMatchObject([{ mode }])
      expect(status.stdout).toContain(`Ages are ${mode}`)
      expect(doctor.stdout).toMatch(new RegExp(`evidence: ${mode}`))
      const advice = /READ on (the topic __consumer_offsets|that topic)/
      if (consumerOffsets === 'absent') expect(`${status.stdout}${doctor.stdout}`).not.toMatch(advice)
      expect(doctor.stdout).toContain('right to DESCRIBE groups: all 1 that are known')
    })
  },
)

test('ages are not called exact before the first commit creates __consumer_offsets', async () => {
  const { snapshot, cli } = await service({ consumerOffsets: 'absent' })
  expect(await snapshot()).toMatchObject({ mode: 'observed', complete: true, problems: [] })
  expect((await cli(['status'])).stdout).not.toContain('exact:')
})

describe('a broker that closes the connection', () => {
  test.each<[string, { key: number }]>([
    ['DescribeConfigs', describeConfigs],
    ['ListOffsets', listOffsets],
    ['DescribeGroups', describeGroups],
    ['Fetch', fetch],
  ])('at %s costs only that answer', async (name, { key }) => {
    const { kafka, snapshot } = await service({ breaksOver: [key] })
    kafka.commit('payments', 'orders', 60)
    kafka.commit('billing', 'orders', 10)
    const { commits, complete, mode, retention, problems } = await snapshot()

    const isDescribed = name !== 'DescribeGroups'
    expect(complete).toBe(isDescribed)
    expect(commits.map(({ logEnd }) => logEnd)).toEqual(
      isDescribed ? Array(2).fill(name === 'ListOffsets' ? null : 100n) : [],
    )
    expect(retention).toMatchObject([{ source: name === 'DescribeConfigs' ? 'default' : 'broker' }])
    if (name === 'DescribeConfigs') expect(mode).toBe('exact')
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`closes the connection on this ${name} v`),
    )
  })
})

describe('a broker that does not report its retention', () => {
  const shapes: [string, Partial<Shape>, string][] = [
    ['and leaves it out of its settings', { configs: {} }, 'do not contain offsets.retention.minutes'],
    ['and closes the connection', { breaksOver: [describeConfigs.key] }, 'closes the connection on this'],
  ]

  test.each(shapes)('%s: a problem names the setting', async (_, shape, why) => {
    const { kafka, snapshot, cli } = await service(shape)
    kafka.commit('payments', 'orders', 60)
    const { retention, problems } = await snapshot()
    expect(retention).toMatchObject([{ source: 'default', retention: 7 * 24 * 60 * 60 * 1000 }])
    expect(problems).toMatchObject([{ code: 'unsupported', message: expect.stringContaining(why) }])

    const { stdout } = await cli(['doctor'])
    expect(stdout).toContain(why)
    expect(`${stdout}${problems[0]?.message}`).not.toMatch(
      /grant the watchdog|brokers report their retention/,
    )
  })

  test.each(shapes)('%s: `retention: never` is accepted, and no offset has a deadline', async (_, shape) => {
    const { kafka, snapshot, cli } = await service(shape, 'retention: never')
    kafka.commit('payments', 'orders', 60)
    const { commits, retention, problems } = await snapshot()
    expect(retention).toMatchObject([{ source: 'settings', retention: null }])
    expect(commits).toMatchObject([{ deadline: null, ifStopped: null }])
    expect(problems).toEqual([])
    expect((await cli(['status'])).stdout).toContain('Retention unlimited (from the settings')
  })
})

test.each<[string, Partial<Shape>, string | undefined]>([
  ['Kafka 2.0', { versions: { [offsetCommit.key]: [0, 4] } }, 'is older than Kafka 2.1'],
  ['Kafka 2.1', { versions: { [offsetCommit.key]: [0, 6] } }, undefined],
  ['a broker that is still starting', { clusterId: 'redpanda.initializing' }, 'has no id yet. Try again.'],
])('%s is refused with a sentence, or accepted', async (_, shape, sentence) => {
  const { cli } = await service(shape)
  const { code, stderr } = await cli(['snapshot'])
  expect({ code, stderr }).toEqual(
    sentence === undefined ? { code: 0, stderr: '' } : { code: 3, stderr: expect.stringContaining(sentence) },
  )
})

describe('a service that lists groups only while they have members', () => {
  const live = { lists: 'live' } as const

  test.each<Shape['consumerOffsets']>(['readable', 'absent'])(
    'is reported as unsupported when a group stops; its __consumer_offsets is %s',
    async consumerOffsets => {
      const { kafka, snapshot, cli } = await service({ ...live, consumerOffsets })
      kafka.occupy('payments', true)
      kafka.commit('payments', 'orders', 60)
      expect(await snapshot()).toMatchObject({ complete: true, problems: [] })
      kafka.occupy('payments', false)

      const { complete, problems, commits } = await snapshot()
      expect({ complete, problems }).toMatchObject({
        complete: false,
        problems: [{ code: 'unsupported', scope: { group: 'payments' } }],
      })
      expect(commits).toMatchObject([{ group: 'payments', offset: 60n, gone: null }])
      expect((await cli(['doctor'])).stdout).toContain('not supported: the service lists groups only while')
    },
  )

  test('is reported as unsupported at the first snapshot if the settings name the group', async () => {
    const { kafka, snapshot, cli } = await service(live, 'groups: [payments]')
    kafka.commit('payments', 'orders', 60)
    expect(await snapshot()).toMatchObject({ complete: false, problems: [{ code: 'unsupported' }] })
    expect((await cli(['doctor'])).stdout).toContain('not supported: the service lists groups only while')
  })

  test('is not confused with a service that lists every group', async () => {
    const { kafka, snapshot, cli } = await service({})
    kafka.occupy('payments', true)
    kafka.commit('payments', 'orders', 60)
    await snapshot()
    kafka.occupy('payments', false)
    expect(await snapshot()).toMatchObject({ complete: true, problems: [] })
    expect((await cli(['doctor'])).stdout).not.toContain('not supported')
  })
})
