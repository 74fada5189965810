import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { Writer } from '../../../functions/kafka/protocol/writer.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { sharedKafka } from '../../brokers/shared/kafka.ts'
import { plaintext } from '../../builders/kafka-settings.ts'
import { listening } from '../protocol/addresses.ts'

const brokersOnly = { topics: [], includeOperations: true }

describe('a server that is not Kafka', () => {
  /** ms until a silent server is given up, and a time limit that no other server reaches. */
  const [short, long] = [500, 60_000]

  test.each<[name: string, answer: (socket: Socket) => void, connectTimeout: number, message: string]>([
    ['silence', () => {}, short, 'did not answer in time. Is the broker overloaded? Check KAFKA_BROKERS.'],
    [
      'a closed connection',
      socket => socket.end(),
      long,
      'closed the connection. Does this port demand TLS?',
    ],
    [
      'HTTP',
      socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      long,
      'closed the connection. Does this port demand TLS?',
    ],
    ...['00000000', '00000003aabbcc', 'ffffffff', '80000000'].map(
      (bytes): [string, (socket: Socket) => void, number, string] => [
        `the impossible length ${bytes.slice(0, 8)}`,
        socket => socket.write(Buffer.from(bytes, 'hex')),
        long,
        'sent something else than an answer of Kafka. Is this the port of a Kafka broker?',
      ],
    ),
    [
      'a claimed size of two gigabytes',
      socket => socket.write(Buffer.from('7fffffff00', 'hex')),
      short,
      'did not answer in time.',
    ],
  ])('is reported: %s', async (_, answer, connectTimeout, message) => {
    const server = createServer(socket => socket.once('data', () => answer(socket)).on('error', () => {}))
    const address = await listening(server)
    await expect(connect(plaintext(address), { connectTimeout })).rejects.toThrow(`${address} ${message}`)
    server.close()
  })

  test('stops at once after an abort, with the reason of the abort', async () => {
    const server = createServer(socket => socket.on('error', () => {}).resume())
    const settings = plaintext(await listening(server))
    const abort = new AbortController()
    const reason = new Error('Ctrl-C')
    const attempt = connect(settings, { signal: abort.signal })
    await once(server, 'connection')
    abort.abort(reason)
    await expect(attempt).rejects.toBe(reason)
    await expect(connect(settings, { signal: abort.signal })).rejects.toBe(reason)

    server.close()
  })

  test('an address without a port is refused', async () => {
    await expect(connect(plaintext('kafka-1'))).rejects.toMatchObject({ name: 'Failure', exitCode: 2 })
  })
})

test('a broker that does not know any brokers yet, not even itself, is reported', async () => {
  const METADATA = 3
  const server = createServer(socket => {
    socket.on('data', request => {
      const answer = new Writer(false)
      answer.int32(request.readInt32BE(8)) // correlation id
      if (request.readInt16BE(4) === METADATA) {
        answer.int32(0) // throttle time
        answer.array([], () => {}) // brokers
        answer.string('cluster')
        answer.int32(1) // controller
        answer.array([], () => {}) // topics
      } else {
        answer.int16(0) // error
        answer.array([METADATA], key => {
          for (const field of [key, 4, 4]) answer.int16(field)
        })
        answer.int32(0) // throttle time
      }
      const size = Buffer.alloc(4)
      size.writeInt32BE(answer.bytes().length)
      socket.write(Buffer.concat([size, answer.bytes()]))
    })
  })
  await expect(connect(plaintext(await listening(server)))).rejects.toThrow(
    'cannot connect to Kafka: the cluster lists no brokers yet. Is the cluster starting?',
  )
  server.close()
})

test('a broker that advertises an address where it cannot be reached is reported', async () => {
  const advertised = { 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' }
  await using kafka = await startKafka({ properties: advertised })
  await expect(connect(plaintext(...kafka.bootstrap))).rejects.toMatchObject({
    name: 'Failure',
    message:
      'cannot connect to Kafka: broker 1 (127.0.0.1:1) refuses the connection. Is the broker running? Check its advertised.listeners.',
  })
})

describe('three brokers', () => {
  let kafka: Kafka
  let connection: Connection
  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3 })
    const first = await connect(plaintext(...kafka.bootstrap))
    await allNamed(first)
    await first.close()
  })
  beforeEach(async () => {
    connection = await connect(plaintext(...kafka.bootstrap))
  })
  afterEach(() => connection.close())
  afterAll(() => kafka.close())

  const ask = (broker: number, timeout?: number) =>
    connection.send(broker, metadata, brokersOnly, timeout === undefined ? {} : { timeout })
  /** For a moment the other brokers do not name a broker that has just started. */
  const allNamed = async (known: Connection) => {
    for (let wait = 0; known.brokers.size < 3 && wait < 100; wait++) {
      await sleep(100)
      await known.refresh()
    }
  }
  const stopped = async (id: number, whileStopped: () => Promise<void>) => {
    const node = kafka.nodes.find(each => each.id === id)
    await node?.suspend()
    await whileStopped().finally(() => node?.resume())
  }

  test('are all known, and all answer', async () => {
    expect(new Set(connection.brokers.keys())).toEqual(new Set([1, 2, 3]))
    const answers = await Promise.all([1, 2, 3].map(broker => ask(broker)))
    expect(answers.map(({ clusterId }) => clusterId)).toEqual(Array(3).fill(connection.clusterId))
  })

  test('answer hundreds of requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => ask((index % 3) + 1)))
    expect(answers).toHaveLength(300)
  })

  test('list the versions that they support', async () => {
    const offsetCommit = 8
    expect((await connection.apiVersions(1)).get(offsetCommit)).toEqual({ min: 2, max: 10 })
    expect(await connection.version(1, listGroups)).toBe(5)
    expect(await connection.version(1, { ...listGroups, versions: [98, 99] })).toBeUndefined()
  })

  test('refuse a version that they do not support', async () => {
    const tooNew = { ...listGroups, versions: [98, 99] } as const
    await expect(connection.send(1, tooNew, null)).rejects.toMatchObject({
      name: 'BrokerError',
      broker: 1,
      code: 'unsupported',
      message: `broker 1 (${kafka.bootstrap[0]}) speaks no version of ListGroups from 98 to 99. Is the broker older than Kafka 2.1?`,
    })
  })

  test('give an answer in another layout, which is undecodable', async () => {
    const misread = { ...metadata, decode: (bytes: Buffer) => listGroups.decode(bytes, null, 5) }
    await expect(connection.send(1, misread, brokersOnly)).rejects.toMatchObject({
      name: 'BrokerError',
      broker: 1,
      code: 'undecodable',
    })
  })

  test('an unknown broker is unreachable', async () => {
    await expect(ask(7)).rejects.toMatchObject({ name: 'BrokerError', broker: 7, code: 'unreachable' })
  })

  test('a broker that stops answering times out, and answers again later', async () => {
    await stopped(3, async () => {
      await expect(ask(3, 300)).rejects.toMatchObject({ name: 'BrokerError', broker: 3, code: 'timed-out' })
      await ask(1)
    })
    await ask(3)
  })

  test('a killed broker does not stop the others, and is found again', async () => {
    await ask(2)
    const [, node] = kafka.nodes
    await node?.kill()

    await expect(ask(2)).rejects.toMatchObject({
      name: 'BrokerError',
      broker: 2,
      code: 'unreachable',
      message: expect.stringContaining(`broker 2 (${node?.address})`),
    })
    await Promise.all([ask(1), ask(3), connection.sendToAny(metadata, brokersOnly), connection.refresh()])

    await node?.start()
    await allNamed(connection)
    await ask(2)
  })

  test('an abort rejects pending and later requests', async () => {
    const abort = new AbortController()
    const reason = new Error('Ctrl-C')
    const aborted = await connect(plaintext(...kafka.bootstrap), { signal: abort.signal })
    await stopped(1, async () => {
      const underWay = aborted.send(1, metadata, brokersOnly)
      setImmediate(() => abort.abort(reason))
      await expect(underWay).rejects.toBe(reason)
    })
    await expect(aborted.send(2, metadata, brokersOnly)).rejects.toBe(reason)
    await aborted.close()
  })

  test('an idle connection has no timer, and a closed one leaves nothing behind', async () => {
    const [node] = kafka.nodes
    const script = join(import.meta.dirname, 'what-is-left.ts')
    const args = [script, node?.address ?? '', String(node?.pid)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
    expect(JSON.parse(stdout)).toEqual({
      failed: [],
      idle: ['TCPSocketWrap', 'TCPSocketWrap', 'TCPSocketWrap'],
      closed: [],
    })
  })

  test('a closed connection rejects later requests', async () => {
    await connection.close()
    await expect(ask(1)).rejects.toThrow('the connection to Kafka is closed')
  })

  test('another cluster at the same address is noticed', async () => {
    let [target = ''] = kafka.bootstrap
    const proxy = createServer(socket => {
      const [host = '', port] = target.split(':')
      const forward = connectTcp(Number(port), host)
      pipeline(socket, forward, socket, () => {})
    })
    const moved = await connect(plaintext(await listening(proxy)))

    await Promise.all(kafka.nodes.map(node => node.kill()))
    ;[target = ''] = await sharedKafka()
    await expect(moved.refresh()).rejects.toMatchObject({
      name: 'BrokerError',
      message: 'the addresses lead to another cluster now.',
    })
    await moved.close()
    proxy.close()
  })
})
