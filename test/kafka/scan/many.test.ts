import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ProblemCode } from '../../../functions/core/model/commit.ts'
import type { Connection } from '../../../functions/kafka/connection/connection.ts'
import { BrokerError } from '../../../functions/kafka/protocol/errors.ts'
import type { OffsetFetchRequest } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { baseOf, connected, knowing, offsetsOf, read } from './read.ts'

const topic = unique('many-orders')
const prefix = unique('many')
const groups = Array.from({ length: 2000 }, (_, i) => `${prefix}-${i}`)
const [culprit = ''] = groups
let bootstrap: readonly string[]

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { partitions: 2, records: 1 })
  await commitRaw(
    bootstrap,
    groups.map(group => ({ group, offsets: [0, 1].map(partition => ({ topic, partition, offset: 1n })) })),
  )
})

/** A real connection that counts requests by name, and fails OffsetFetch for some groups. */
function watched(connection: Connection, fail: (groups: string[]) => Failed = () => undefined) {
  const requests: Record<string, number> = {}

  const send = connection.send.bind(connection)
  connection.send = async (broker, message, request, options) => {
    requests[message.name] = (requests[message.name] ?? 0) + 1
    const code = isOffsetFetch(request) && fail(request.groups.map(({ group }) => group))
    if (code) throw new BrokerError(broker, code, `broker ${broker} was made to fail.`)
    return send(broker, message, request, options)
  }
  return { wrapped: connection, requests }
}

type Failed = ProblemCode | undefined

const isOffsetFetch = (request: unknown): request is OffsetFetchRequest =>
  typeof request === 'object' && request !== null && 'requireStable' in request

test('2,000 groups are read with 200 of them in each request', async () => {
  await connected(bootstrap, {}, async connection => {
    const { wrapped, requests } = watched(connection)
    const seen: string[] = []
    const progress = (phase: string, done: number, total: number) => void (done === total && seen.push(phase))

    const reading = await readCluster(wrapped, { groups, now: Date.now, progress })
    expect(reading).toMatchObject({ complete: true, problems: [] })
    expect(groups.every(group => offsetsOf(reading, group)?.length === 2)).toBe(true)
    // ListOffsets: start and end of the groups' logs, and of __consumer_offsets.
    expect(requests).toMatchObject({ ListGroups: 1, DescribeGroups: 10, OffsetFetch: 10, ListOffsets: 4 })
    expect(new Set(seen)).toEqual(new Set(['brokers', 'groups', 'offsets', 'logs']))
  })
})

test('known groups that still exist are not asked for by name again', async () => {
  const base = baseOf(await read(bootstrap, { groups }))
  await connected(bootstrap, {}, async connection => {
    const { wrapped, requests } = watched(connection)
    await readCluster(wrapped, { previous: knowing(base), groups, now: Date.now })
    expect(requests).toMatchObject({ OffsetFetch: 10 })
  })
})

describe('OffsetFetch', () => {
  const readWith = (fail: (groups: string[]) => Failed) =>
    connected(bootstrap, {}, async connection => {
      const { wrapped, requests } = watched(connection, fail)
      return { requests, reading: await readCluster(wrapped, { groups, now: Date.now }) }
    })

  test('that times out for many groups is sent for fewer groups', async () => {
    const { reading } = await readWith(asked => (asked.length > 20 ? 'timed-out' : undefined))
    expect(reading).toMatchObject({ complete: true, problems: [] })
    expect(reading.groups.size).toBe(2000)
  })

  test('is sent again if the connection breaks once', async () => {
    let broke = false
    const { reading } = await readWith(() => {
      if (broke) return undefined
      broke = true
      return 'unreachable'
    })
    expect(reading).toMatchObject({ complete: true, problems: [] })
  })

  test.each(['undecodable', 'timed-out'] as const)(
    'that is %s for one group leaves out that group',
    async code => {
      const { reading } = await readWith(asked => (asked.includes(culprit) ? code : undefined))
      expect(reading.groups.size).toBe(1999)
      expect(reading.groups.has(culprit)).toBe(false)
      expect(reading.complete).toBe(false)
      expect(reading.problems).toEqual([
        { code, scope: { broker: 1, group: culprit }, message: expect.stringContaining(culprit) },
      ])
    },
  )

  test('without any answer is given up soon', async () => {
    const { reading, requests } = await readWith(() => 'timed-out')
    expect(reading.groups.size).toBe(0)
    expect(reading.problems).toEqual([
      { code: 'timed-out', scope: { broker: 1 }, message: 'broker 1 was made to fail.' },
    ])
    expect(requests.OffsetFetch).toBe(13)
  })
})
