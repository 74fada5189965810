import { describe, expect, test } from '@jest/globals'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import { type GroupToFetch, offsetFetch } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { Undecodable } from '../../../functions/kafka/protocol/reader.ts'
import { Writer } from '../../../functions/kafka/protocol/writer.ts'

interface Answer {
  group: string
  error?: number
  topics: { topic: string; partitions: Partition[] }[]
}

type Partition = [partition: number, offset: bigint, error?: number, metadata?: string | null]

/** A broker's answer, after OffsetFetchResponse.json of Kafka 4.4. */
function answered(version: number, answers: Answer[]): Buffer {
  const w = new Writer(version >= 6)
  w.tags()
  w.int32(0)
  const write = ({ group, error = 0, topics }: Answer) => {
    if (version >= 8) w.string(group)
    w.array(topics, ({ topic, partitions }) => {
      w.string(topic)
      w.array(partitions, ([partition, offset, partitionError = 0, metadata = '']) => {
        w.int32(partition)
        w.int64(offset)
        if (version >= 5) w.int32(7)
        w.string(metadata)
        w.int16(partitionError)
        w.tags()
      })
      w.tags()
    })
    w.int16(error)
    w.tags()
  }
  if (version >= 8) w.array(answers, write)
  else answers.forEach(write)
  if (version >= 8) w.tags()
  return w.bytes()
}

function decoded(version: number, answers: Answer[], into = new CommittedOffsets()) {
  const groups: GroupToFetch[] = answers.map(({ group }) => ({ group, topics: null }))
  const request = { groups, requireStable: false, into }
  return { fetched: offsetFetch.decode(answered(version, answers), request, version), into }
}

const rows = (into: CommittedOffsets) =>
  Array.from({ length: into.length }, (_, row) => [
    into.group[row],
    into.topic[row],
    into.partition[row],
    into.offset[row],
    into.leaderEpoch[row],
    into.metadata[row],
  ])

describe.each([3, 4, 5, 6, 7, 8, 9])('v%i', version => {
  const epoch = version >= 5 ? 7 : -1

  test('offsets become rows; absent, negative and failed ones are listed apart', () => {
    const topics: Answer['topics'] = [
      {
        topic: 'orders',
        partitions: [
          [0, 42n],
          [1, -1n],
          [2, 2n ** 62n, 0, 'node-1'],
          [3, -2n],
          [4, -1001n],
        ],
      },
      { topic: 'secret', partitions: [[0, -1n, 29]] },
      { topic: 'pending', partitions: [[3, -1n, 88]] },
      { topic: 'old', partitions: [[0, 0n, 0, null]] },
    ]
    const { fetched, into } = decoded(version, [{ group: 'g', topics }])

    expect(rows(into)).toEqual([
      ['g', 'orders', 0, 42n, epoch, ''],
      ['g', 'orders', 2, 2n ** 62n, epoch, 'node-1'],
      ['g', 'old', 0, 0n, epoch, ''],
    ])
    expect(fetched).toEqual([
      {
        group: 'g',
        error: 0,
        from: 0,
        to: 3,
        absent: [
          { topic: 'orders', partition: 1 },
          { topic: 'orders', partition: 3, negative: true },
          { topic: 'orders', partition: 4, negative: true },
        ],
        errors: [
          { topic: 'secret', partition: 0, error: 29 },
          { topic: 'pending', partition: 3, error: 88 },
        ],
      },
    ])
  })

  test('a group can have its own error', () => {
    const { fetched, into } = decoded(version, [{ group: 'g', error: 30, topics: [] }])
    expect(fetched).toEqual([{ group: 'g', error: 30, from: 0, to: 0, absent: [], errors: [] }])
    expect(into.length).toBe(0)
  })

  test('a truncated answer leaves no rows behind', () => {
    const whole = answered(version, [
      {
        group: 'g',
        topics: [
          {
            topic: 't',
            partitions: [
              [0, 1n],
              [1, 2n],
            ],
          },
        ],
      },
    ])
    const { into } = decoded(version, [{ group: 'before', topics: [{ topic: 't', partitions: [[9, 9n]] }] }])
    const before = rows(into)
    const request = { groups: [{ group: 'g', topics: null }], requireStable: false, into }

    for (let length = 0; length < whole.length; length++) {
      expect(() => offsetFetch.decode(whole.subarray(0, length), request, version)).toThrow(Undecodable)
      expect(rows(into)).toEqual(before)
    }
  })
})

test('the rows of several groups follow each other', () => {
  const topics = [
    {
      topic: 't',
      partitions: [
        [0, 1n],
        [1, 2n],
      ] satisfies Partition[],
    },
  ]
  const { fetched, into } = decoded(9, [
    { group: 'a', topics },
    { group: 'b', error: 16, topics: [] },
    { group: 'c', topics },
  ])
  expect(fetched.map(({ group, error, from, to }) => [group, error, from, to])).toEqual([
    ['a', 0, 0, 2],
    ['b', 16, 2, 2],
    ['c', 0, 2, 4],
  ])
  expect(into.group.slice(0, 4)).toEqual(['a', 'a', 'c', 'c'])
})

test('before v8 a request has exactly one group', () => {
  const groups = ['a', 'b'].map(group => ({ group, topics: null }))
  const request = { groups, requireStable: false, into: new CommittedOffsets() }
  expect(() => offsetFetch.encode(request, 7)).toThrow(RangeError)
})

test('200,000 offsets are decoded in well under a second of CPU time', () => {
  const partitions = Array.from({ length: 20 }, (_, index): Partition => [index, BigInt(index) * 1000n])
  const answers = Array.from({ length: 10_000 }, (_, index) => ({
    group: `group-${index}`,
    topics: [{ topic: `topic-${index % 100}`, partitions }],
  }))
  const payload = answered(9, answers)
  const into = new CommittedOffsets()

  const before = process.cpuUsage()
  offsetFetch.decode(payload, { groups: [], requireStable: false, into }, 9)
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  expect(into.length).toBe(200_000)
})
