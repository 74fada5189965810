import type { Socket } from 'node:net'
import kafkajs from 'kafkajs'
import { Failure, property } from '../../core/model/failure.ts'
import type { SignIn } from './sign-in/sign-in.ts'

/**
 * The only file that uses kafkajs, for sockets, SASL and ApiVersions. kafkajs' public clients send one request for each
 * group. So this file uses the connections themselves, and gets them through the one private function that makes a
 * cluster.
 */

export interface Address {
  host: string
  port: number
}

export interface BrokerOptions {
  /** Undefined without SASL. */
  signIn: SignIn | undefined
  /** Opens a socket to the broker; `onConnect` is called when the socket can be written to. */
  connectSocket: (onConnect: () => void) => Socket
  /** Time limit in ms for the socket alone. */
  connectTimeout: number
}

/** The parts of kafkajs' broker that this program uses. */
export interface KafkajsBroker {
  /** ApiVersions by API key; null until the broker is connected. */
  versions: Record<string, { minVersion: number; maxVersion: number }> | null
  /** Opens the socket, asks for ApiVersions and authenticates. */
  connect(): Promise<void>
  connectionPool: {
    /** True if there is a socket, even if its session has expired: the next request renews the session. */
    isConnected(): boolean
    pool: KafkajsConnection[]
    send(exchange: Exchange): Promise<Buffer>
  }
}

interface KafkajsConnection {
  /** Reads the next bytes of the socket. */
  processData(data: Buffer): void
  /** Undefined before the connection opens. */
  socket: Socket | undefined
  requestQueue: RequestQueue
  /** ms, a Long of kafkajs; 0 if the broker does not limit sessions. */
  sessionLifetime: { toString(): string }
  /** ms before the end of a session; from then on the next request renews the session first. */
  reauthenticationThreshold: number
}

interface RequestQueue {
  pending: unknown[]
  scheduleCheckPendingRequests(): void
}

interface Exchange {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<KafkajsEncoder> }
  response: { decode(payload: Buffer): Promise<Buffer>; parse(payload: Buffer): Promise<Buffer> }
}

/** The shape of kafkajs' own encoders. */
interface KafkajsEncoder {
  buf: Buffer
  buffer: Buffer
}

/**
 * A broker that is not connected yet.
 * @throws Failure if this is not the kafkajs version that the code knows
 */
export function kafkajsBroker(address: Address, options: BrokerOptions): Promise<KafkajsBroker> {
  const { signIn, connectSocket, connectTimeout } = options

  return brokerOf(
    new kafkajs.Kafka({
      clientId: 'offset-watchdog',
      brokers: [], // the connection itself gets the address, so that IPv6 works
      ...(signIn && { sasl: signIn.forConnection() }),
      connectionTimeout: connectTimeout,
      // kafkajs' timer would run for every connection. Here a slow request ends the socket instead.
      enforceRequestTimeout: false,
      socketFactory: ({ onConnect }) => connectSocket(onConnect),
      // Everything that kafkajs logs also comes as an error.
      logCreator: () => () => {},
    }),
    address,
  )
}

/** Sends an encoded request, and resolves with the bytes after the correlation id of the response. */
export function exchange(
  broker: KafkajsBroker,
  message: { key: number; name: string },
  version: number,
  request: Buffer,
): Promise<Buffer> {
  return broker.connectionPool.send({
    request: {
      apiKey: message.key,
      apiVersion: version,
      apiName: message.name,
      encode: async () => ({ buf: request, buffer: request }),
    },
    response: { decode: async payload => payload, parse: async payload => payload },
  })
}

/** The broker that a kafkajs `Kafka` makes for this address. Exported for the test of its guards. */
export async function brokerOf(kafka: object, { host, port }: Address): Promise<KafkajsBroker> {
  const door = Object.getOwnPropertySymbols(kafka).find(
    symbol => symbol.description === 'private:Kafka:createCluster',
  )
  const createCluster: unknown = door && Reflect.get(kafka, door)
  const cluster: unknown = typeof createCluster === 'function' ? createCluster({}) : undefined
  if (!isCluster(cluster)) throw changed('no cluster')

  const connectionPool = await cluster.connectionPoolBuilder.build({ host, port })
  const broker = cluster.brokerPool.createBroker({ connectionPool, logger: cluster.brokerPool.rootLogger })
  if (!isBroker(broker)) throw changed('no broker')

  for (const connection of broker.connectionPool.pool) {
    stopSpinning(connection.requestQueue)
    renewInTime(connection)
    endOnGarbage(connection)
  }
  return broker
}

/** After each answer kafkajs sets a timer of −1 ms, which sets the next one, forever (kafkajs#1704, #1751). */
function stopSpinning(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
}

/**
 * If a broker limits sessions (KIP-368), kafkajs renews a session in its last 10 s. A session shorter than that would
 * be renewed before each request, and brokers refuse two renewals within a second. So here a session is renewed in its
 * last tenth, at most its last 10 s, roughly as in Kafka's own clients.
 */
function renewInTime(connection: KafkajsConnection): void {
  const longest = connection.reauthenticationThreshold
  Object.defineProperty(connection, 'reauthenticationThreshold', {
    get: () => Math.min(longest, Math.floor(Number(connection.sessionLifetime.toString()) / 10)),
  })
}

/** Error code of a socket that received something other than an answer of Kafka. */
export const NOT_KAFKA = 'NOT_KAFKA'

/**
 * kafkajs throws at an answer that claims less than four bytes. An error in the socket's event handler would end the
 * process.
 */
function endOnGarbage(connection: KafkajsConnection): void {
  const processData = connection.processData.bind(connection)
  connection.processData = data => {
    try {
      processData(data)
    } catch (cause) {
      const error = new Error('the answer has an impossible length', { cause })
      connection.socket?.destroy(Object.assign(error, { code: NOT_KAFKA }))
    }
  }
}

interface KafkajsCluster {
  connectionPoolBuilder: { build(address: Address): Promise<unknown> }
  brokerPool: {
    rootLogger: unknown
    createBroker(options: { connectionPool: unknown; logger: unknown }): unknown
  }
}

const isCluster = (value: unknown): value is KafkajsCluster =>
  isFunction(value, 'connectionPoolBuilder', 'build') && isFunction(value, 'brokerPool', 'createBroker')

const isBroker = (value: unknown): value is KafkajsBroker =>
  isFunction(value, 'connect') &&
  isFunction(value, 'connectionPool', 'isConnected') &&
  at(value, 'versions') === null &&
  isFunction(value, 'connectionPool', 'send') &&
  isFunction(value, 'connectionPool', 'pool', 'every') &&
  isFunction(value, 'connectionPool', 'pool', '0', 'sessionLifetime', 'toString') &&
  at(value, 'connectionPool', 'pool', '0', 'reauthenticationThreshold') === 10_000 &&
  isFunction(value, 'connectionPool', 'pool', '0', 'processData') &&
  isFunction(value, 'connectionPool', 'pool', '0', 'requestQueue', 'scheduleCheckPendingRequests') &&
  isFunction(value, 'connectionPool', 'pool', '0', 'requestQueue', 'pending', 'push')

const isFunction = (value: unknown, ...path: string[]): boolean => typeof at(value, ...path) === 'function'

const at = (value: unknown, ...path: string[]): unknown => path.reduce(property, value)

const changed = (what: string): Failure =>
  new Failure(
    `the installed kafkajs is not the 2.2.4 that offset-watchdog is built on (it has ${what} of the known shape): run npm install.`,
  )
