import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Failure, property } from '../../core/model/failure.ts'
import type { KafkaSettings } from '../../core/model/settings.ts'
import { BrokerError } from '../protocol/errors.ts'
import type { Message } from '../protocol/message.ts'
import { saslHandshake } from '../protocol/messages/sasl-handshake.ts'
import { Undecodable } from '../protocol/reader.ts'
import { type Attempt, explain, isSignInRefused } from './connect-errors.ts'
import { type Address, exchange, type KafkajsBroker, kafkajsBroker } from './kafkajs.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { openSocket } from './tls.ts'

/** The id of a broker whose real id is not known yet, as in Kafka's own clients. */
export const BOOTSTRAP = -1

export interface VersionRange {
  min: number
  max: number
}

export interface BrokerSocketOptions {
  settings: KafkaSettings
  /** Undefined without SASL. */
  signIn: SignIn | undefined
  /** Undefined for plaintext. */
  secureContext: SecureContext | undefined
  /** Time limit in ms until the socket is open and authenticated. */
  connectTimeout: number
}

/** A broker and the one socket to it. The socket opens on first use, and again after it was lost. */
export interface BrokerSocket {
  readonly address: Address
  readonly isOpen: boolean

  /**
   * Opens the socket, and returns the versions that the broker speaks, by API key.
   * @throws BrokerError
   */
  versions(): Promise<ReadonlyMap<number, VersionRange>>

  /**
   * @param timeout ms. After this time the socket is closed: a broker answers in order, so every later request would
   *   wait.
   * @param once true if the request must not be sent twice. Any other request is repeated after a lost connection,
   *   since any request in flight may have broken the connection for all of them.
   * @throws BrokerError
   */
  send<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    timeout: number,
    once?: boolean,
  ): Promise<Response>

  /** Closes the socket for good. Requests under way are rejected with the reason at once. */
  end(reason: unknown): Promise<void>
}

/** @param id the broker's id; BOOTSTRAP for an address from the settings */
export function brokerSocket(id: number, address: Address, options: BrokerSocketOptions): BrokerSocket {
  const { settings, signIn, secureContext, connectTimeout } = options
  const { host, port } = address
  const subject = id === BOOTSTRAP ? `${host}:${port}` : `broker ${id} (${host}:${port})`

  const sockets = new Set<Socket>()
  const underWay = new Set<(reason: unknown) => void>()
  let broker: KafkajsBroker | undefined
  let opening: Promise<KafkajsBroker> | undefined
  let ended: { reason: unknown } | undefined
  /** Errors of requests that lost their connection before the answer came. */
  const lost = new WeakSet<Error>()
  const isLost = (error: unknown): boolean => error instanceof Error && lost.has(error)
  let repeating: Promise<unknown> = Promise.resolve()

  /** Returns the broker with an open socket. */
  async function live(): Promise<KafkajsBroker> {
    if (ended) throw ended.reason
    if (broker?.connectionPool.isConnected()) return broker

    opening ??= within(connectTimeout, 'opening', reopen()).finally(() => {
      opening = undefined
    })
    return opening
  }

  async function reopen(): Promise<KafkajsBroker> {
    const next = await kafkajsBroker(address, { signIn, connectSocket, connectTimeout })
    try {
      await next.connect()
    } catch (error) {
      // The socket may be open even if the login failed.
      closeSockets()
      if (isMechanismNotOffered(error)) error.offered = await offeredMechanisms()
      throw error
    }
    if (isTooOld(next)) {
      closeSockets()
      throw new BrokerError(
        id,
        'unsupported',
        `${subject} is older than Kafka 2.1. Its committed offsets expire by other rules, even while their consumers run (KIP-211). offset-watchdog needs Kafka 2.1 or later.`,
      )
    }
    broker = next
    return next
  }

  /**
   * The mechanisms that the broker offers; empty if the broker does not say. The request needs a new connection, since
   * the broker has closed the one on which it refused the mechanism.
   */
  async function offeredMechanisms(): Promise<string> {
    const request = { mechanism: signIn?.mechanism ?? '' }
    const [version] = saslHandshake.versions
    try {
      const anonymous = await kafkajsBroker(address, { signIn: undefined, connectSocket, connectTimeout })
      await anonymous.connect()
      const bytes = saslHandshake.encode(request, version)
      const answer = await exchange(anonymous, saslHandshake, version, bytes)
      return saslHandshake.decode(answer, request, version).offered.sort().join(', ')
    } catch {
      return ''
    } finally {
      closeSockets()
    }
  }

  function connectSocket(onConnect: () => void): Socket {
    if (ended) throw ended.reason
    const untrusted = (cause: object) => drop(refusal(cause, 'opening'))
    const socket = openSocket(address, secureContext, onConnect, untrusted)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }

  async function within<T>(ms: number, phase: Attempt['phase'], work: Promise<T>): Promise<T> {
    const { promise: dropped, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => drop(refusal({ code: 'ETIMEDOUT' }, phase)), ms)
    underWay.add(reject)
    try {
      return await Promise.race([dropped, work.catch(cause => Promise.reject(refusal(cause, phase)))])
    } finally {
      clearTimeout(timer)
      underWay.delete(reject)
    }
  }

  /** Repeats one request at a time, so that a request that breaks the connection fails alone. */
  async function repeated<T>(attempt: () => Promise<T>, request: string): Promise<T> {
    await live()
    const turn = repeating.then(attempt)
    repeating = turn.catch(() => {})
    return turn.catch((cause: unknown) => {
      if (!isLost(cause)) throw cause
      throw new BrokerError(
        id,
        'unreachable',
        `${subject} closes the connection on this ${request} request; other requests work.`,
        cause,
        true,
      )
    })
  }

  function refusal(cause: unknown, phase: Attempt['phase']): Error {
    if (cause instanceof Failure || cause instanceof BrokerError) return cause
    const { code, reason, remedy } = explain(cause, { settings, host, isBootstrap: id === BOOTSTRAP, phase })
    // An expiring session is renewed within a request (KIP-368). If one broker refuses the renewal, no broker accepts
    // these credentials.
    if (phase === 'request' && isSignInRefused(cause))
      return new Failure(`cannot sign in to Kafka: ${subject} ${reason}. ${remedy}`, { cause })
    const error = new BrokerError(id, code, `${subject} ${reason}. ${remedy}`, cause)
    if (phase === 'request' && code === 'unreachable') lost.add(error)
    return error
  }

  function drop(reason: unknown): void {
    for (const reject of underWay) reject(reason)
    closeSockets()
  }

  function closeSockets(): void {
    // kafkajs forgets its requests and clears its timers only after an error.
    for (const socket of sockets) socket.destroy(new Error('closed by offset-watchdog'))
    broker = undefined
  }

  async function versions(): Promise<ReadonlyMap<number, VersionRange>> {
    const ranges = Object.entries((await live()).versions ?? {})
    return new Map(
      ranges.map(([key, range]) => [Number(key), { min: range.minVersion, max: range.maxVersion }]),
    )
  }

  return {
    address,
    get isOpen() {
      return broker?.connectionPool.isConnected() ?? false
    },

    versions,

    async send(message, request, timeout, once = false) {
      const version = highestCommon(message, (await versions()).get(message.key))
      if (version === undefined) {
        const [min, max] = message.versions
        throw new BrokerError(
          id,
          'unsupported',
          `${subject} speaks no version of ${message.name} from ${min} to ${max}. Is the broker older than Kafka 2.1?`,
        )
      }

      const bytes = message.encode(request, version)
      const attempt = async () => within(timeout, 'request', exchange(await live(), message, version, bytes))
      const answer = await attempt().catch((error: unknown) => {
        if (once || id === BOOTSTRAP || !isLost(error)) throw error
        return repeated(attempt, `${message.name} v${version}`)
      })
      try {
        return message.decode(answer, request, version)
      } catch (cause) {
        if (!(cause instanceof Undecodable)) throw cause
        throw new BrokerError(
          id,
          'undecodable',
          `${subject} sent an answer that cannot be read: ${cause.message}.`,
          cause,
        )
      }
    },

    async end(reason) {
      ended ??= { reason }
      const closed = [...sockets].map(socket => new Promise(resolve => socket.once('close', resolve)))
      drop(reason)
      await Promise.all(closed)
    },
  }
}

const OFFSET_COMMIT = 8
/** OffsetCommit v5 came with KIP-211, in Kafka 2.1. */
const isTooOld = ({ versions }: KafkajsBroker): boolean => (versions?.[OFFSET_COMMIT]?.maxVersion ?? 5) < 5

const isMechanismNotOffered = (error: unknown): error is { offered?: string } =>
  property(error, 'type') === 'UNSUPPORTED_SASL_MECHANISM'

/** The highest version that both sides speak; undefined if there is none. */
export function highestCommon(
  { versions: [min, max] }: { versions: readonly [min: number, max: number] },
  range: VersionRange | undefined,
): number | undefined {
  if (range === undefined) return undefined
  const highest = Math.min(max, range.max)
  return highest >= Math.max(min, range.min) ? highest : undefined
}
