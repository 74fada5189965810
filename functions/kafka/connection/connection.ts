import { Failure } from '../../core/model/failure.ts'
import type { KafkaSettings } from '../../core/model/settings.ts'
import { BrokerError } from '../protocol/errors.ts'
import type { Message } from '../protocol/message.ts'
import { type Metadata, metadata } from '../protocol/messages/metadata.ts'
import {
  BOOTSTRAP,
  type BrokerSocket,
  type BrokerSocketOptions,
  brokerSocket,
  highestCommon,
  type VersionRange,
} from './broker-socket.ts'
import type { Address } from './kafkajs.ts'
import { signIn } from './sign-in/sign-in.ts'
import { secureContextOf } from './tls.ts'

/** One socket to each broker of a cluster. */
export interface Connection {
  readonly clusterId: string
  /** The brokers by id, as of the last refresh. */
  readonly brokers: ReadonlyMap<number, Address>

  /**
   * Sends one request to one broker, in the highest version that both speak. The first request opens the socket.
   * @throws BrokerError; the signal's reason after an abort
   */
  send<Request, Response>(
    broker: number,
    message: Message<Request, Response>,
    request: Request,
    options?: SendOptions,
  ): Promise<Response>

  /** Like `send`, but tries one broker after another until one answers. Throws the last broker's error. */
  sendToAny<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options?: SendOptions,
  ): Promise<Response>

  /**
   * The highest version that both sides speak; undefined if there is none.
   * @throws BrokerError
   */
  version(
    broker: number,
    message: Pick<Message<never, unknown>, 'key' | 'versions'>,
  ): Promise<number | undefined>

  /**
   * The versions that a broker speaks, by API key (ApiVersions).
   * @throws BrokerError
   */
  apiVersions(broker: number): Promise<ReadonlyMap<number, VersionRange>>

  /**
   * Asks any live broker for the list of brokers again.
   * @throws BrokerError
   */
  refresh(): Promise<void>

  /** Leaves no socket and no timer. Requests under way are rejected. */
  close(): Promise<void>
}

export interface SendOptions {
  /** ms, 30,000 by default. */
  timeout?: number
  /** For writes: the request is not sent again after a lost connection. */
  once?: boolean
}

export interface ConnectOptions {
  signal?: AbortSignal
  /** ms until a broker's socket is open and authenticated, 10,000 by default. */
  connectTimeout?: number
}

const requestTimeout = 30_000
const brokersOnly = { topics: [], includeOperations: false }

/** @throws Failure with exit code 2 if the settings have no broker */
export function mustNameBrokers({ brokers }: Pick<KafkaSettings, 'brokers'>): void {
  if (brokers.length > 0) return
  throw new Failure('KAFKA_BROKERS is not set: write host:port; separate several with commas.', {
    exitCode: 2,
  })
}

/**
 * Finds a cluster's brokers. All addresses of the settings are tried at once.
 * @throws Failure, one sentence with its remedy; the signal's reason after an abort
 */
export async function connect(
  settings: KafkaSettings,
  { signal, connectTimeout = 10_000 }: ConnectOptions = {},
): Promise<Connection> {
  signal?.throwIfAborted()
  mustNameBrokers(settings)
  const secureContext = secureContextOf(settings, Date.now())
  const options = { settings, signIn: settings.sasl && signIn(settings.sasl), secureContext, connectTimeout }
  const cluster = new ClusterConnection(options, signal)

  try {
    await cluster.bootstrap()
    return cluster
  } catch (error) {
    await cluster.end(error)
    if (!(error instanceof BrokerError)) throw error
    throw new Failure(`cannot connect to Kafka: ${error.message}`, { cause: error })
  }
}

class ClusterConnection implements Connection {
  clusterId = ''
  readonly #options: BrokerSocketOptions
  readonly #signal: AbortSignal | undefined
  /** Sockets to the addresses in the settings, used only until the first broker is known by its id. */
  readonly #seeds = new Set<BrokerSocket>()
  readonly #sockets = new Map<number, BrokerSocket>()
  #ended: { reason: unknown } | undefined

  constructor(options: BrokerSocketOptions, signal: AbortSignal | undefined) {
    this.#options = options
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
  }

  get brokers(): ReadonlyMap<number, Address> {
    return new Map([...this.#sockets].map(([id, { address }]) => [id, address]))
  }

  async bootstrap(): Promise<void> {
    const { settings, connectTimeout } = this.#options
    const seeds = settings.brokers.map(address => brokerSocket(BOOTSTRAP, addressOf(address), this.#options))
    for (const seed of seeds) this.#seeds.add(seed)

    try {
      const found = await firstOf(seeds.map(seed => seed.send(metadata, brokersOnly, connectTimeout)))
      this.#adopt(found)
      // One open socket is enough. The other sockets keep opening, and `send` waits for them.
      await firstOf([...this.#sockets.values()].map(socket => socket.versions()))
    } finally {
      await Promise.all(seeds.map(seed => seed.end(new Error('another address answered first'))))
      this.#seeds.clear()
    }
  }

  async send<Request, Response>(
    broker: number,
    message: Message<Request, Response>,
    request: Request,
    { timeout = requestTimeout, once = false }: SendOptions = {},
  ): Promise<Response> {
    return await this.#socketTo(broker).send(message, request, timeout, once)
  }

  async sendToAny<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options?: SendOptions,
  ): Promise<Response> {
    const openFirst = [...this.#sockets].sort(([, a], [, b]) => Number(b.isOpen) - Number(a.isOpen))
    let last: unknown = new BrokerError(BOOTSTRAP, 'unreachable', 'the cluster lists no brokers.')
    for (const [broker] of openFirst) {
      try {
        return await this.send(broker, message, request, options)
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  async version(broker: number, message: Pick<Message<never, unknown>, 'key' | 'versions'>) {
    return highestCommon(message, (await this.apiVersions(broker)).get(message.key))
  }

  async apiVersions(broker: number): Promise<ReadonlyMap<number, VersionRange>> {
    return await this.#socketTo(broker).versions()
  }

  async refresh(): Promise<void> {
    try {
      this.#adopt(await this.sendToAny(metadata, brokersOnly))
    } catch {
      await this.bootstrap()
    }
  }

  async close(): Promise<void> {
    await this.end(new Error('the connection to Kafka is closed'))
  }

  async end(reason: unknown): Promise<void> {
    this.#ended ??= { reason }
    this.#signal?.removeEventListener('abort', this.#abort)
    await Promise.all([...this.#seeds, ...this.#sockets.values()].map(socket => socket.end(reason)))
  }

  readonly #abort = (): void => void this.end(this.#signal?.reason)

  #socketTo(broker: number): BrokerSocket {
    if (this.#ended) throw this.#ended.reason
    const socket = this.#sockets.get(broker)
    if (socket) return socket
    throw new BrokerError(broker, 'unreachable', `the cluster does not list broker ${broker}.`)
  }

  #adopt({ clusterId, brokers }: Metadata): void {
    if (this.#ended) throw this.#ended.reason
    if (clusterId === null)
      throw new BrokerError(BOOTSTRAP, 'unsupported', 'the cluster reports no cluster id.')
    // Redpanda reports this id until its first start is complete. A snapshot with this id would make the real id look
    // like another cluster.
    if (clusterId === 'redpanda.initializing')
      throw new BrokerError(BOOTSTRAP, 'unreachable', 'the cluster is starting and has no id yet. Try again.')
    // Just after its start a broker may not know of any broker, not even of itself.
    if (brokers.length === 0)
      throw new BrokerError(
        BOOTSTRAP,
        'unreachable',
        'the cluster lists no brokers yet. Is the cluster starting?',
      )
    // If the addresses now lead to another cluster, its offsets must not be compared with those of the first cluster.
    if (this.clusterId !== '' && this.clusterId !== clusterId)
      throw new BrokerError(BOOTSTRAP, 'unreachable', 'the addresses lead to another cluster now.')
    this.clusterId = clusterId

    const named = new Map(brokers.map(({ id, host, port }) => [id, { host, port }]))
    for (const [id, socket] of this.#sockets) {
      const { host, port } = socket.address
      const now = named.get(id)
      if (now?.host === host && now.port === port) continue
      this.#sockets.delete(id)
      void socket.end(new BrokerError(id, 'unreachable', `broker ${id} is no longer at ${host}:${port}.`))
    }
    for (const [id, address] of named) {
      if (!this.#sockets.has(id)) this.#sockets.set(id, brokerSocket(id, address, this.#options))
    }
  }
}

function addressOf(text: string): Address {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text) ?? []
  if (host && port) return { host, port: Number(port) }
  throw new Failure(`"${text}" is not the address of a Kafka broker: write host:port in KAFKA_BROKERS.`, {
    exitCode: 2,
  })
}

/**
 * The first attempt that succeeds. If all fail, rejects with an authorization error if there is one, else with the
 * first error.
 */
function firstOf<T>(attempts: Promise<T>[]): Promise<T> {
  return Promise.any(attempts).catch(({ errors }: AggregateError) => {
    const denied = errors.find(error => error instanceof BrokerError && error.code === 'not-authorized')
    throw denied ?? errors[0]
  })
}
