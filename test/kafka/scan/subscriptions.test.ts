import { describe, expect, test } from '@jest/globals'
import type { DescribedConsumerGroup } from '../../../functions/kafka/protocol/messages/consumer-group-describe.ts'
import type { DescribedGroup } from '../../../functions/kafka/protocol/messages/describe-groups.ts'
import { classicAssignment, consumerAssignment } from '../../../functions/kafka/scan/assignments.ts'
import {
  classicSubscription,
  consumerSubscription,
  streamsSubscription,
} from '../../../functions/kafka/scan/subscriptions.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { connected, read } from './read.ts'
import { joinByRegex } from './regex-member.ts'

const answered = { error: 0, group: 'g', operations: null }

/** ConsumerProtocolSubscription v0 as a member sends it, cut off after `length` bytes. */
function subscriptionTo(topic: string, length?: number): Buffer {
  const bytes = Buffer.alloc(8 + topic.length + 4)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(topic.length, 6)
  bytes.write(topic, 8)
  bytes.writeInt32BE(-1, 8 + topic.length)
  return bytes.subarray(0, length)
}

const from = { clientId: 'c', clientHost: 'h' }
const member = (metadata: Buffer, assignment: Buffer = Buffer.alloc(0)) => ({
  ...from,
  memberId: 'm',
  metadata,
  assignment,
})

describe('a classic group', () => {
  const group = (more: Partial<DescribedGroup>): DescribedGroup => ({
    ...answered,
    state: 'Stable',
    protocolType: 'consumer',
    members: [member(subscriptionTo('a')), member(subscriptionTo('b'))],
    ...more,
  })

  test.each<[string, Partial<DescribedGroup>, ReadonlySet<string> | undefined]>([
    ['that is Stable subscribes to the topics of all its members', {}, new Set(['a', 'b'])],
    ['of another protocol type is unknown', { protocolType: 'connect' }, undefined],
    ['that rebalances is unknown', { state: 'PreparingRebalance' }, undefined],
    ['that is Empty subscribes to nothing', { state: 'Empty', members: [] }, new Set()],
    [
      'with one undecodable member is unknown as a whole',
      { members: [member(subscriptionTo('a')), member(subscriptionTo('b', 7))] },
      undefined,
    ],
    ['with a member without metadata is unknown', { members: [member(Buffer.alloc(0))] }, undefined],
  ])('%s', (_, more, expected) => {
    expect(classicSubscription(group(more))).toEqual(expected)
  })
})

/** ConsumerProtocolAssignment v0 of one partition, cut off after `length` bytes. */
function assignmentOf(topic: string, partition: number, length?: number): Buffer {
  const bytes = Buffer.alloc(16 + topic.length + 4)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(topic.length, 6)
  bytes.write(topic, 8)
  bytes.writeInt32BE(1, 8 + topic.length)
  bytes.writeInt32BE(partition, 12 + topic.length)
  bytes.writeInt32BE(-1, 16 + topic.length)
  return bytes.subarray(0, length)
}

describe("the partitions of a classic group's members", () => {
  const both = [member(Buffer.alloc(0), assignmentOf('a', 3)), member(Buffer.alloc(0), assignmentOf('b', 0))]
  const owned = { topic: 'a', partitions: [3] }

  test.each<[string, Partial<DescribedGroup>, object[] | undefined]>([
    ['are known if it is Stable', {}, [owned, { topic: 'b', partitions: [0] }]],
    ['are unknown for another protocol type', { protocolType: 'connect' }, undefined],
    ['are unknown while it rebalances', { state: 'CompletingRebalance' }, undefined],
    [
      'include a member without an assignment',
      { members: [both[0], member(Buffer.alloc(0))].flatMap(m => m ?? []) },
      [owned],
    ],
    [
      'are unknown if one assignment is undecodable',
      { members: [member(Buffer.alloc(0), assignmentOf('a', 3, 9))] },
      undefined,
    ],
  ])('%s', (_, more, expected) => {
    const group = { ...answered, state: 'Stable', protocolType: 'consumer', members: both, ...more }
    expect(classicAssignment(group)).toEqual(expected)
  })
})

describe("a consumer group's subscription", () => {
  const group = (state: string, subscribedRegex: string | null): DescribedConsumerGroup => ({
    ...answered,
    state,
    members: [
      { ...from, memberId: 'm', subscribedTopics: ['a'], subscribedRegex: null, assigned: [] },
      {
        ...from,
        memberId: 'n',
        subscribedTopics: [],
        subscribedRegex,
        assigned: [{ topic: 'b', partitions: [0, 2] }],
      },
    ],
  })

  test.each([
    ['by name is known in any state', group('Reconciling', null), new Set(['a', 'b'])],
    [
      'by regular expression is what is assigned while it is Stable',
      group('Stable', 'b.*'),
      new Set(['a', 'b']),
    ],
    ['by regular expression is unknown while it is Assigning', group('Assigning', 'b.*'), undefined],
  ])('%s', (_, described, expected) => {
    expect(consumerSubscription(described)).toEqual(expected)
  })

  test('has known partitions only while it is Stable', () => {
    expect(consumerAssignment(group('Stable', null))).toEqual([{ topic: 'b', partitions: [0, 2] }])
    expect(consumerAssignment(group('Reconciling', null))).toBeUndefined()
  })

  test('by regular expression is assigned completely by a real broker', async () => {
    const bootstrap = await sharedKafka()
    const [prefix, group] = [unique('matched'), unique('regex')]
    const topics = ['a', 'b', 'c'].map(letter => `${prefix}.${letter}`)
    for (const topic of topics) await createTopic(bootstrap, topic)

    await connected(bootstrap, {}, connection => joinByRegex(connection, group, `${prefix}\\.[ab]`))
    const reading = await read(bootstrap, { groups: [group] })
    expect(reading.groups.get(group)).toMatchObject({
      kind: 'consumer',
      state: 'Stable',
      subscribed: new Set(topics.slice(0, 2)),
    })
  })
})

test.each([
  [
    'subscribes to the sources of its topology',
    ['a', 'b'],
    [{ ...from, memberId: 'm' }],
    new Set(['a', 'b']),
  ],
  ['without members subscribes to nothing', ['a'], [], new Set()],
  ['with members and without a topology is unknown', null, [{ ...from, memberId: 'm' }], undefined],
])('a streams group %s', (_, sourceTopics, members, expected) => {
  expect(streamsSubscription({ ...answered, state: 'Stable', sourceTopics, members })).toEqual(expected)
})
