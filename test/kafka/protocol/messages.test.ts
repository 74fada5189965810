import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import type { Message } from '../../../functions/kafka/protocol/message.ts'
import { consumerGroupDescribe } from '../../../functions/kafka/protocol/messages/consumer-group-describe.ts'
import { describeConfigs } from '../../../functions/kafka/protocol/messages/describe-configs.ts'
import {
  assignedPartitions,
  describeGroups,
  subscribedTopics,
} from '../../../functions/kafka/protocol/messages/describe-groups.ts'
import { findCoordinator } from '../../../functions/kafka/protocol/messages/find-coordinator.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { EARLIEST, LATEST, listOffsets } from '../../../functions/kafka/protocol/messages/list-offsets.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { offsetCommit } from '../../../functions/kafka/protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { streamsGroupDescribe } from '../../../functions/kafka/protocol/messages/streams-group-describe.ts'
import { Undecodable } from '../../../functions/kafka/protocol/reader.ts'
import { type JavaClients, startJavaClients } from '../../brokers/clients/java-clients.ts'
import { commitOffsets } from '../../brokers/clients/offset-commit.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { plaintext } from '../../builders/kafka-settings.ts'

const client = { clientId: expect.any(String), clientHost: expect.stringContaining('127.0.0.1') }

const topic = unique('orders')
const simple = unique('simple')
const classic = unique('classic')
const consumer = unique('consumer')
const streams = unique('streams')

let connection: Connection
let clients: JavaClients

beforeAll(async () => {
  const brokers = await sharedKafka()
  connection = await connect(plaintext(...brokers))
  await createTopic(brokers, topic, { partitions: 2, records: 3 })

  clients = await startJavaClients(brokers)
  const joined = [clients.classic(classic), clients.consumer(consumer), clients.streams(streams)]
  await Promise.all(joined.map(member => member.subscribe(topic)))
  const offsets = [{ topic, partition: 1, offset: 2n, leaderEpoch: 0, metadata: 'note' }]
  await commitOffsets(connection, { group: simple, offsets })
})

afterAll(async () => {
  await clients[Symbol.asyncDispose]()
  await connection.close()
})

/** The answer to a request in one version, after each of its prefixes has proved undecodable. */
async function ask<Request, Response>(
  message: Message<Request, Response>,
  version: number,
  request: Request,
): Promise<Response> {
  const asBytes = { ...message, versions: [version, version], decode: (bytes: Buffer) => bytes } as const
  const answer = await connection.send(1, asBytes, request)

  for (let length = 0; length < answer.length; length++) {
    expect(() => message.decode(answer.subarray(0, length), request, version)).toThrow(Undecodable)
  }
  return message.decode(answer, request, version)
}

/** A broker answers for groups in the order of their partitions of `__consumer_offsets`. */
const inOrder = <T extends { group: string }>({ groups }: { groups: string[] }, answer: T[]) =>
  groups.map(group => answer.find(found => found.group === group))

const each = ({ versions: [min, max] }: { versions: readonly [min: number, max: number] }) =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index)

describe('a real broker answers every version', () => {
  test.each(each(metadata))('Metadata v%i', async version => {
    const answer = await ask(metadata, version, { topics: [topic], includeOperations: true })
    const [address] = connection.brokers.values()

    expect(answer).toEqual({
      clusterId: connection.clusterId,
      brokers: [{ id: 1, ...address }],
      topics: [
        {
          error: 0,
          topic,
          id: version >= 10 ? expect.stringMatching(/^[\w-]{22}$/) : null,
          internal: false,
          partitions: expect.arrayContaining([
            { error: 0, partition: 0, leader: 1, leaderEpoch: expect.any(Number), replicas: 1 },
            { error: 0, partition: 1, leader: 1, leaderEpoch: expect.any(Number), replicas: 1 },
          ]),
          operations: version >= 8 ? expect.any(Number) : null,
        },
      ],
      clusterOperations: version >= 8 ? expect.any(Number) : null,
    })
    if (version < 8) return
    const describe = 1 << 8
    expect((answer.clusterOperations ?? 0) & describe).toBe(describe)
    expect((answer.topics[0]?.operations ?? 0) & describe).toBe(describe)
  })

  test.each(each(metadata))(
    'Metadata v%i creates no topic, and can ask for no topic or all',
    async version => {
      const absent = await ask(metadata, version, { topics: ['absent'], includeOperations: false })
      expect(absent.topics).toMatchObject([
        { error: 3, topic: 'absent', id: null, partitions: [], operations: null },
      ])

      const none = await ask(metadata, version, { topics: [], includeOperations: false })
      expect(none.topics).toEqual([])

      const all = await ask(metadata, version, { topics: null, includeOperations: false })
      expect(all.topics.map(found => found.topic)).toContain(topic)
      expect(all.topics.map(found => found.topic)).not.toContain('absent')
    },
  )

  test.each(each(listGroups))('ListGroups v%i', async version => {
    const { error, groups } = await ask(listGroups, version, null)
    const listed = new Map(groups.map(listing => [listing.group, listing]))
    const asListed = (state: string, type: string, protocolType: string) => ({
      group: expect.any(String),
      protocolType,
      state: version >= 4 ? state : null,
      type: version >= 5 ? type : null,
    })

    expect(error).toBe(0)
    expect(listed.get(simple)).toEqual(asListed('Empty', 'classic', ''))
    expect(listed.get(classic)).toEqual(asListed('Stable', 'classic', 'consumer'))
    expect(listed.get(consumer)).toEqual(asListed('Stable', 'consumer', 'consumer'))
  })

  test.each(each(findCoordinator))('FindCoordinator v%i', async version => {
    const groups = version < 4 ? [simple] : [simple, classic]
    const answer = await ask(findCoordinator, version, { groups })
    expect(inOrder({ groups }, answer)).toEqual(groups.map(group => ({ group, error: 0, broker: 1 })))
  })

  test.each(each(describeGroups))('DescribeGroups v%i', async version => {
    const request = { groups: [classic, simple, consumer], includeOperations: true }
    const [described, ...others] = inOrder(request, await ask(describeGroups, version, request))
    expect(described).toMatchObject({ error: 0, state: 'Stable', protocolType: 'consumer' })
    expect(others).toMatchObject([
      { error: 0, state: 'Empty', protocolType: '', members: [] },
      { error: 0, state: 'Dead', members: [] },
    ])
    expect(described?.operations).toEqual(version >= 3 ? expect.any(Number) : null)
    expect(described?.members.map(member => subscribedTopics(member.metadata))).toEqual([[topic]])
    expect(described?.members.map(member => assignedPartitions(member.assignment))).toEqual([
      [{ topic, partitions: [0, 1] }],
    ])
  })

  test.each(each(consumerGroupDescribe))('ConsumerGroupDescribe v%i', async version => {
    const request = { groups: [consumer, classic], includeOperations: true }
    expect(inOrder(request, await ask(consumerGroupDescribe, version, request))).toEqual([
      {
        error: 0,
        group: consumer,
        state: 'Stable',
        members: [
          {
            memberId: expect.any(String),
            ...client,
            subscribedTopics: [topic],
            subscribedRegex: null,
            assigned: [{ topic, partitions: [0, 1] }],
          },
        ],
        operations: expect.any(Number),
      },
      { error: 69, group: classic, state: '', members: [], operations: null },
    ])
  })

  test.each(each(streamsGroupDescribe))('StreamsGroupDescribe v%i', async version => {
    const request = { groups: [streams, classic], includeOperations: true }
    expect(inOrder(request, await ask(streamsGroupDescribe, version, request))).toEqual([
      {
        error: 0,
        group: streams,
        state: 'Stable',
        sourceTopics: [topic],
        members: [{ memberId: expect.any(String), ...client }],
        operations: expect.any(Number),
      },
      { error: 69, group: classic, state: '', sourceTopics: null, members: [], operations: null },
    ])
  })

  test.each(each(offsetFetch))('OffsetFetch v%i', async version => {
    const into = new CommittedOffsets()
    const groups = [{ group: simple, topics: null }]
    await ask(offsetFetch, version, { groups, requireStable: true, into })
    expect(into).toMatchObject({ length: 1, group: [simple], topic: [topic], metadata: ['note'] })
    expect([into.partition[0], into.offset[0], into.leaderEpoch[0]]).toEqual([1, 2n, version >= 5 ? 0 : -1])

    const named = [{ group: simple, topics: [{ topic, partitions: [0, 1] }] }]
    const [fetched] = await ask(offsetFetch, version, { groups: named, requireStable: false, into })
    expect(fetched).toEqual({
      group: simple,
      error: 0,
      from: 1,
      to: 2,
      absent: [{ topic, partition: 0 }],
      errors: [],
    })
  })

  test.each(each(listOffsets))('ListOffsets v%i', async version => {
    const at = (timestamp: bigint) => ({
      topics: [{ topic, partitions: [0, 1, 2].map(partition => ({ partition, timestamp })) }],
    })
    const listed = (offset: bigint) => [
      {
        topic,
        partitions: expect.arrayContaining([
          { partition: 0, error: 0, offset, timestamp: -1n },
          { partition: 1, error: 0, offset, timestamp: -1n },
          { partition: 2, error: 3, offset: -1n, timestamp: -1n },
        ]),
      },
    ]
    expect(await ask(listOffsets, version, at(EARLIEST))).toEqual(listed(0n))
    expect(await ask(listOffsets, version, at(LATEST))).toEqual(listed(3n))
  })

  test.each(each(describeConfigs))('DescribeConfigs v%i', async version => {
    const names = ['offsets.retention.minutes', 'offsets.retention.check.interval.ms']
    const [described] = await ask(describeConfigs, version, { resources: [{ broker: 1 }], names })
    expect(described).toMatchObject({ name: '1', error: 0 })
    expect(Object.fromEntries(described?.configs ?? [])).toEqual({
      'offsets.retention.minutes': String(7 * 24 * 60),
      'offsets.retention.check.interval.ms': '1000',
    })
  })

  test.each(each(offsetCommit))('OffsetCommit v%i', async version => {
    const topics = [{ topic, partitions: [{ partition: 0, offset: 1n }] }]
    const request = { group: unique('committing'), topics }
    expect(await ask(offsetCommit, version, request)).toEqual([{ topic, partition: 0, error: 0 }])
  })

  test.each(each(offsetCommit))(
    'OffsetCommit v%i to a group with members, by a client that is not one',
    async version => {
      const topics = [{ topic, partitions: [{ partition: 0, offset: 1n }] }]
      for (const group of [classic, consumer, streams]) {
        const UNKNOWN_MEMBER_ID = 25
        const answer = await ask(offsetCommit, version, { group, topics })
        expect({ group, answer }).toEqual({
          group,
          answer: [{ topic, partition: 0, error: UNKNOWN_MEMBER_ID }],
        })
      }
    },
  )
})
