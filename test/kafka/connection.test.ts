import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { KafkaSettings } from '../../functions/core/settings.ts'
import { type Connection, connect } from '../../functions/kafka/connection.ts'
import { listGroups } from '../../functions/kafka/messages/list-groups.ts'
import { metadata } from '../../functions/kafka/messages/metadata.ts'
import { type Kafka, startKafka } from './broker.ts'
import { certificateAuthority, type KeyAndCertificate } from './certificates.ts'
import { type SecuredKafka, startSecuredKafka } from './secured.ts'

const plaintext = (...brokers: string[]): KafkaSettings => ({
  brokers,
  protocol: 'PLAINTEXT',
  ca: undefined,
  certificate: undefined,
  privateKey: undefined,
  sasl: undefined,
})

const brokersOnly = { topics: [], includeOperations: true }

describe('each security protocol', () => {
  let kafka: SecuredKafka
  beforeAll(async () => {
    kafka = await startSecuredKafka()
  })
  afterAll(() => kafka.close())

  type Change = Partial<KafkaSettings>
  const over = (listener: readonly string[], change: Change = {}): KafkaSettings => ({
    ...plaintext(...listener),
    ...change,
  })
  const tls = (change: Change = {}): Change => ({ protocol: 'SSL', ca: kafka.ca, ...change })
  const pair = ({ certificate, privateKey }: KeyAndCertificate): Change => ({ certificate, privateKey })
  const sasl = (
    mechanism: NonNullable<KafkaSettings['sasl']>['mechanism'],
    password = kafka.user.password,
  ) => ({
    sasl: { mechanism, username: kafka.user.username, password },
  })
  const escaped = (pem: string) => pem.replaceAll('\n', '\\n')

  test.each<[name: string, settings: () => KafkaSettings]>([
    ['PLAINTEXT', () => over(kafka.bootstrap)],
    ['one of several addresses', () => over(['127.0.0.1:1', ...kafka.bootstrap])],
    ['SSL with an authority of its own', () => over(kafka.tls, tls())],
    [
      'SSL by name',
      () =>
        over(
          kafka.tls.map(address => address.replace('127.0.0.1', 'localhost')),
          tls(),
        ),
    ],
    ['SSL with a client certificate', () => over(kafka.mtls, tls(pair(kafka.client)))],
    [
      'PEM with escaped line breaks',
      () =>
        over(kafka.mtls, {
          protocol: 'SSL',
          ca: escaped(kafka.ca),
          certificate: escaped(kafka.client.certificate),
          privateKey: escaped(kafka.client.privateKey),
        }),
    ],
    ['SASL PLAIN', () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('plain') })],
    ['SASL SCRAM-SHA-256', () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('scram-sha-256') })],
    [
      'SASL SCRAM-SHA-512 over TLS',
      () => over(kafka.saslTls, { protocol: 'SASL_SSL', ca: kafka.ca, ...sasl('scram-sha-512') }),
    ],
  ])('%s', async (_, settings) => {
    const connection = await connect(settings())
    const { clusterId, brokers } = await connection.send(1, metadata, brokersOnly)
    expect(clusterId).toBe(connection.clusterId)
    expect(brokers.map(({ id }) => id)).toEqual([1])
    await connection.close()
  })

  test.each<[name: string, settings: () => KafkaSettings, message: string]>([
    [
      'a port where nobody listens',
      () => plaintext('127.0.0.1:1'),
      'HOST refuses the connection. Is it running? Check KAFKA_BROKERS.',
    ],
    [
      'a name that does not exist',
      () => plaintext('kafka.invalid:9092'),
      'HOST has a name that cannot be resolved, kafka.invalid. Check KAFKA_BROKERS.',
    ],
    [
      'another authority',
      () => over(kafka.tls, tls({ ca: kafka.otherCa })),
      "HOST shows a certificate that KAFKA_CA has not issued. Set KAFKA_CA to the certificate of the cluster's authority.",
    ],
    [
      'no authority',
      () => over(kafka.tls, { protocol: 'SSL' }),
      "HOST shows a certificate that no known authority has issued. Set KAFKA_CA to the certificate of the cluster's authority.",
    ],
    [
      'no client certificate',
      () => over(kafka.mtls, tls()),
      'HOST requires a client certificate. Set KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY.',
    ],
    [
      'a client certificate of another authority',
      () => over(kafka.mtls, tls(pair(kafka.foreignClient))),
      'HOST refuses the client certificate. Check that KAFKA_CERTIFICATE is for this cluster.',
    ],
    [
      'plaintext to a port for TLS',
      () => over(kafka.tls),
      'HOST closed the connection. Does this port demand TLS? KAFKA_SECURITY_PROTOCOL is PLAINTEXT.',
    ],
    [
      'TLS to a port for plaintext',
      () => over(kafka.bootstrap, tls()),
      'HOST broke off the TLS handshake. Is this a port for TLS? KAFKA_SECURITY_PROTOCOL is SSL.',
    ],
    [
      'no SASL to a port for SASL',
      () => over(kafka.sasl),
      'HOST closed the connection. Does this port demand SASL? KAFKA_SECURITY_PROTOCOL is PLAINTEXT.',
    ],
    [
      'SASL to a port without',
      () => over(kafka.bootstrap, { protocol: 'SASL_PLAINTEXT', ...sasl('plain') }),
      'HOST expects no SASL. Is this a port for SASL? KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT.',
    ],
    [
      'a wrong password (PLAIN)',
      () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('plain', 'wrong') }),
      'HOST refuses the user "watchdog". Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    ],
    [
      'a wrong password (SCRAM)',
      () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('scram-sha-512', 'wrong') }),
      'HOST refuses the user "watchdog". Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    ],
  ])('%s', async (_, settings, message) => {
    const { brokers } = settings()
    await expect(connect(settings())).rejects.toMatchObject({
      name: 'Failure',
      exitCode: 3,
      message: `cannot connect to Kafka: ${message.replace('HOST', brokers[0] ?? '')}`,
    })
  })
})

describe('certificates that are out of date', () => {
  const authority = certificateAuthority('authority')
  const notAfter = new Date('2026-03-01T12:00:00Z')

  test('of the client', async () => {
    const { certificate, privateKey } = authority.issue('client', { notAfter })
    const settings = { ...plaintext('127.0.0.1:1'), certificate, privateKey }
    await expect(connect({ ...settings, protocol: 'SSL' })).rejects.toMatchObject({
      exitCode: 3,
      message:
        'cannot connect to Kafka: the client certificate (KAFKA_CERTIFICATE) expired on 2026-03-01. Renew it.',
    })
  })

  test('of the broker', async () => {
    const { certificate, privateKey } = authority.issue('node', { notAfter, hosts: ['127.0.0.1'] })
    const server = createTlsServer({ cert: certificate, key: privateKey })
    const address = await listening(server)
    await expect(
      connect({ ...plaintext(address), protocol: 'SSL', ca: authority.certificate }),
    ).rejects.toMatchObject({
      exitCode: 3,
      message: `cannot connect to Kafka: ${address} shows a certificate that expired on 2026-03-01. Renew it on the broker.`,
    })
    server.close()
  })

  test('a certificate for another host', async () => {
    const { certificate, privateKey } = authority.issue('node', { hosts: ['kafka.example.com'] })
    const server = createTlsServer({ cert: certificate, key: privateKey })
    const address = await listening(server)
    await expect(
      connect({ ...plaintext(address), protocol: 'SSL', ca: authority.certificate }),
    ).rejects.toThrow(`${address} shows a certificate that is not for 127.0.0.1.`)
    server.close()
  })

  test.each([
    ['a key of another certificate', authority.issue('other').privateKey],
    ['no key at all', 'secret'],
  ])('%s is a mistake in the settings', async (_, privateKey) => {
    const { certificate } = authority.issue('client')
    const settings = { ...plaintext('127.0.0.1:1'), certificate, privateKey }
    await expect(connect({ ...settings, protocol: 'SSL' })).rejects.toMatchObject({
      name: 'Failure',
      exitCode: 2,
      message: expect.stringMatching(
        /^KAFKA_CA, KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY cannot be used together/,
      ),
    })
  })
})

describe('whoever answers is no Kafka', () => {
  test.each<[name: string, answer: (socket: Socket) => void, message: string]>([
    ['silence', () => {}, 'did not answer in time. Is it overloaded? Check KAFKA_BROKERS.'],
    ['an end', socket => socket.end(), 'closed the connection. Does this port demand TLS?'],
    [
      'HTTP',
      socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'closed the connection. Does this port demand TLS?',
    ],
    [
      'a claim of two gigabytes',
      socket => socket.write(Buffer.from('7fffffff00', 'hex')),
      'did not answer in time.',
    ],
  ])('but %s', async (_, answer, message) => {
    const server = createServer(socket => socket.once('data', () => answer(socket)).on('error', () => {}))
    const address = await listening(server)
    await expect(connect(plaintext(address), { connectTimeout: 500 })).rejects.toThrow(
      `${address} ${message}`,
    )
    server.close()
  })

  test('abort ends the attempt at once, with its own reason', async () => {
    const server = createServer(socket => socket.on('error', () => {}))
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

  test('an address without a port', async () => {
    await expect(connect(plaintext('kafka-1'))).rejects.toMatchObject({ name: 'Failure', exitCode: 2 })
  })
})

test('a broker that names an address where it cannot be reached', async () => {
  const advertised = { 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' }
  await using kafka = await startKafka({ properties: advertised })
  await expect(connect(plaintext(...kafka.bootstrap))).rejects.toMatchObject({
    name: 'Failure',
    message:
      'cannot connect to Kafka: broker 1 (127.0.0.1:1) refuses the connection. Is it running? Check its advertised.listeners.',
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
  /** A broker that has just started is for a moment not yet named by the others. */
  const allNamed = async (known: Connection) => {
    for (let wait = 0; known.brokers.size < 3 && wait < 100; wait++) {
      await sleep(100)
      await known.refresh()
    }
  }
  const stopped = async (id: number, whileStopped: () => Promise<void>) => {
    const pid = kafka.nodes.find(node => node.id === id)?.pid ?? Number.NaN
    process.kill(pid, 'SIGSTOP')
    await whileStopped().finally(() => process.kill(pid, 'SIGCONT'))
  }

  test('every broker is known and answers', async () => {
    expect(new Set(connection.brokers.keys())).toEqual(new Set([1, 2, 3]))
    const answers = await Promise.all([1, 2, 3].map(broker => ask(broker)))
    expect(answers.map(({ clusterId }) => clusterId)).toEqual(Array(3).fill(connection.clusterId))
  })

  test('hundreds of requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => ask((index % 3) + 1)))
    expect(answers).toHaveLength(300)
  })

  test('what a broker speaks', async () => {
    const offsetCommit = 8
    expect((await connection.apiVersions(1)).get(offsetCommit)).toEqual({ min: 2, max: 10 })
    expect(await connection.version(1, listGroups)).toBe(5)
    expect(await connection.version(1, { ...listGroups, versions: [98, 99] })).toBeUndefined()
  })

  test('a version that it does not speak', async () => {
    const tooNew = { ...listGroups, versions: [98, 99] } as const
    await expect(connection.send(1, tooNew, null)).rejects.toMatchObject({
      name: 'BrokerError',
      broker: 1,
      code: 'unsupported',
      message: `broker 1 (${kafka.bootstrap[0]}) speaks no version of ListGroups from 98 to 99. Is it older than Kafka 2.1?`,
    })
  })

  test('an answer in another layout', async () => {
    const misread = { ...metadata, decode: (bytes: Buffer) => listGroups.decode(bytes, null, 5) }
    await expect(connection.send(1, misread, brokersOnly)).rejects.toMatchObject({
      name: 'BrokerError',
      broker: 1,
      code: 'undecodable',
    })
  })

  test('a broker that nobody knows', async () => {
    await expect(ask(7)).rejects.toMatchObject({ name: 'BrokerError', broker: 7, code: 'unreachable' })
  })

  test('a broker that stops to answer, and goes on', async () => {
    await stopped(3, async () => {
      await expect(ask(3, 300)).rejects.toMatchObject({ name: 'BrokerError', broker: 3, code: 'timed-out' })
      await ask(1)
    })
    await ask(3)
  })

  test('a broker that is killed does not stop the rest, and is found again', async () => {
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

  test('abort rejects what is under way and what comes later', async () => {
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

  test('no timer runs in an idle connection, and a closed one leaves nothing behind', async () => {
    const [node] = kafka.nodes
    const script = join(import.meta.dirname, 'wire', 'what-is-left.ts')
    const args = [script, node?.address ?? '', String(node?.pid)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
    expect(JSON.parse(stdout)).toEqual({
      failed: [],
      idle: ['TCPSocketWrap', 'TCPSocketWrap', 'TCPSocketWrap'],
      closed: [],
    })
  })

  test('close rejects what comes later', async () => {
    await connection.close()
    await expect(ask(1)).rejects.toThrow('the connection to Kafka is closed')
  })
})

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
