import { beforeAll, describe, expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Connection } from '../../../functions/kafka/connection/connection.ts'
import { readOffsetLog } from '../../../functions/kafka/consumer-offsets/read-log.ts'
import type {
  FetchedGroup,
  OffsetFetchRequest,
} from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { baseOf, connected, knowing, read } from './read.ts'

const topic = unique('incomplete')
const [one, another] = [unique('incomplete'), unique('incomplete')]
const key = { topic, partition: 0 }
let bootstrap: readonly string[]
let base: CommitTable

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { records: 1 })
  await commitRaw(
    bootstrap,
    [one, another].map(group => ({ group, offsets: [{ ...key, offset: 1n }] })),
  )
  base = baseOf(await read(bootstrap, { groups: [one, another] }))
})

type Alter = (answer: unknown, api: string, request: unknown) => unknown

/** True if a request of Metadata or ListOffsets names the topic. */
const hasTopic = (request: unknown, name: string): boolean =>
  request instanceof Object &&
  'topics' in request &&
  Array.isArray(request.topics) &&
  request.topics.some(asked => asked === name || asked.topic === name)

/** A real connection with altered answers. Those about `__consumer_offsets` stay. */
function altered(connection: Connection, alter: Alter): Connection {
  const send = connection.send.bind(connection)
  const sendToAny = connection.sendToAny.bind(connection)
  const sendToAnyAltered = async (...[message, request, options]: Parameters<Connection['sendToAny']>) => {
    const answer = await sendToAny(message, request, options)
    return hasTopic(request, '__consumer_offsets') ? answer : alter(answer, message.name, request)
  }
  const sendAltered = async (...[broker, message, request, options]: Parameters<Connection['send']>) =>
    alter(await send(broker, message, request, options), message.name, request)
  return Object.assign(connection, { send: sendAltered, sendToAny: sendToAnyAltered })
}

const readAltered = (alter: Alter, known = base) =>
  connected(bootstrap, {}, connection =>
    readCluster(altered(connection, alter), {
      groups: [one, another],
      previous: knowing(known),
      now: Date.now,
    }),
  )

/** The answer without its entries. */
const nothingIn = (answer: unknown) => (Array.isArray(answer) ? [] : { ...Object(answer), groups: [] })

describe('a broker that leaves out what was asked for is reported:', () => {
  const without = (answer: unknown) =>
    Array.isArray(answer) ? answer.filter(({ group }) => group !== one) : answer

  test('a topic in the answer to Metadata', async () => {
    const reading = await readAltered((answer, api) =>
      api === 'Metadata' ? Object.assign(Object(answer), { topics: [] }) : answer,
    )
    expect(reading.problems).toMatchObject([{ code: 'undecodable', scope: { topic } }])
    expect(reading.topics.has(topic)).toBe(false)
  })

  test('a partition in the answer to ListOffsets', async () => {
    const reading = await readAltered((answer, api, request) =>
      api === 'ListOffsets' && hasTopic(request, topic) ? [] : answer,
    )
    expect(reading.problems).toMatchObject([{ code: 'leaderless', scope: { topic, partition: 0 } }])
  })

  test('a group in the answer to FindCoordinator', async () => {
    const reading = await readAltered((answer, api) =>
      api === 'FindCoordinator' || api === 'ListGroups' ? nothingIn(answer) : answer,
    )
    expect(reading.groups.size).toBe(0)
    expect(reading).toMatchObject({ complete: false, problems: [{ code: 'not-loaded' }] })
  })

  test.each(['OffsetFetch', 'DescribeGroups'])('a group in the answer to %s', async api => {
    const reading = await readAltered((answer, name) => (name === api ? without(answer) : answer))
    expect([...reading.groups.keys()]).toEqual([another])
    expect(reading).toMatchObject({
      complete: false,
      problems: [{ code: 'undecodable', scope: { broker: 1, group: one } }],
    })
  })
})

describe('an offset is not known now, and the snapshot is incomplete,', () => {
  /** OffsetFetch without the offset of `one`. */
  const hidden = (errors: (request: OffsetFetchRequest) => number | undefined): Alter => {
    const isRequest = (request: unknown): request is OffsetFetchRequest =>
      typeof request === 'object' && request !== null && 'requireStable' in request
    return (answer, _, request) => {
      if (!isRequest(request) || !Array.isArray(answer)) return answer
      const error = errors(request)
      return answer.map((fetched: FetchedGroup) =>
        fetched.group === one
          ? { ...fetched, to: fetched.from, errors: error === undefined ? [] : [{ ...key, error }] }
          : fetched,
      )
    }
  }
  const isByName = ({ groups }: OffsetFetchRequest) => groups.every(({ topics }) => topics !== null)

  test.each<[string, Alter, known: boolean, problem: object]>([
    [
      'if the answer for all partitions has an error in place of the offset',
      hidden(() => 29),
      false,
      { code: 'not-authorized', scope: { topic } },
    ],
    [
      'if the answer to a request by name leaves out the offset',
      hidden(() => undefined),
      true,
      { code: 'undecodable', scope: { broker: 1, group: one } },
    ],
    [
      'if the answer about a pending transaction leaves out the offset',
      hidden(request => (isByName(request) ? undefined : 88)),
      true,
      { code: 'undecodable', scope: { broker: 1, group: one } },
    ],
  ])('%s', async (_, alter, isKnown, problem) => {
    const reading = await readAltered(alter, isKnown ? base : CommitTable.empty(0))
    expect(reading.groups.get(one)?.unreadable).toEqual([key])
    expect(reading).toMatchObject({ complete: false, problems: [problem] })
  })
})

test('a broker that joins while groups are described is asked for its retention, too', async () => {
  const reading = await connected(bootstrap, {}, async connection => {
    const { brokers } = connection
    let isAway = false
    Object.defineProperty(connection, 'brokers', { get: () => (isAway ? new Map() : brokers) })
    const alter: Alter = (answer, api) => {
      if (api === 'OffsetFetch') isAway = true
      if (api === 'DescribeGroups') isAway = false
      return answer
    }
    return readCluster(altered(connection, alter), { groups: [one], now: Date.now })
  })
  expect(reading).toMatchObject({ complete: true, brokers: [{ broker: 1, source: 'broker' }] })
  expect([...baseOf(reading)].map(({ group }) => group)).toEqual([one])
})

test('a broker that does not know __consumer_offsets leaves the log unread, which is reported', async () => {
  await connected(bootstrap, {}, async connection => {
    const unknown = {
      error: 3,
      topic: '__consumer_offsets',
      id: null,
      internal: true,
      partitions: [],
      operations: null,
    }
    Object.assign(connection, { sendToAny: async () => ({ topics: [unknown] }) })
    const options = { cursors: [], budget: { ms: 1000, bytes: 1000 }, clockSkew: 0, now: Date.now }
    const reading = await readOffsetLog(connection, { ...options, ends: new Map(), placedOver: 4 })
    expect(reading).toMatchObject({
      mode: 'catching-up',
      problems: [{ scope: { topic: '__consumer_offsets' }, code: 'unknown' }],
    })
  })
})
