import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Failure } from '../../core/model/failure.ts'
import type { KafkaSettings } from '../../core/model/settings.ts'
import { Undecodable } from '../protocol/codec.ts'
import { BrokerError } from '../protocol/errors.ts'
import type { Message } from '../protocol/message.ts'
import { type Attempt, explain } from './connect-errors.ts'
import { type Address, exchange, type KafkajsBroker, kafkajsBroker } from './kafkajs.ts'
import { openSocket } from './tls.ts'

/** In place of a broker's id as long as none is known, as in Kafka's own clients. */
export const BOOTSTRAP = -1

export interface VersionRange {
  min: number
  max: number
}

export interface BrokerSocketOptions {
  settings: KafkaSettings
  /** Undefined: plaintext. */
  secureContext: SecureContext | undefined
  /** ms until the socket is open and authenticated. */
  connectTimeout: number
}

/** A broker and the one socket to it, which is opened when it is first needed and again after it was lost. */
export interface BrokerSocket {
  readonly address: Address
  readonly isOpen: boolean

  /** Opens it; then, what the broker says that it speaks, by API key. @throws BrokerError */
  versions(): Promise<ReadonlyMap<number, VersionRange>>

  /**
   * @param timeout ms; after it the socket is closed, since a broker answers in order and all else would wait behind
   * @throws BrokerError
   */
  send<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    timeout: number,
  ): Promise<Response>

  /** Closes it for good; whatever is under way is rejected with the reason at once. */
  end(reason: unknown): Promise<void>
}

/** @param id The broker's id; BOOTSTRAP for an address of the settings. */
export function brokerSocket(id: number, address: Address, options: BrokerSocketOptions): BrokerSocket {
  const { settings, secureContext, connectTimeout } = options
  const { host, port } = address
  const subject = id === BOOTSTRAP ? `${host}:${port}` : `broker ${id} (${host}:${port})`

  const sockets = new Set<Socket>()
  const underWay = new Set<(reason: unknown) => void>()
  let broker: KafkajsBroker | undefined
  let opening: Promise<KafkajsBroker> | undefined
  let ended: { reason: unknown } | undefined

  /** The broker with an open socket. */
  async function live(): Promise<KafkajsBroker> {
    if (ended) throw ended.reason
    if (broker?.isConnected()) return broker

    opening ??= within(connectTimeout, 'opening', reopen()).finally(() => {
      opening = undefined
    })
    return opening
  }

  async function reopen(): Promise<KafkajsBroker> {
    const next = await kafkajsBroker(address, { sasl: settings.sasl, connectSocket, connectTimeout })
    try {
      await next.connect()
    } catch (error) {
      // The socket may be open and only the login have failed.
      closeSockets()
      throw error
    }
    broker = next
    return next
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

  function refusal(cause: unknown, phase: Attempt['phase']): Error {
    if (cause instanceof Failure) return cause
    const { code, reason, remedy } = explain(cause, { settings, host, isBootstrap: id === BOOTSTRAP, phase })
    return new BrokerError(id, code, `${subject} ${reason}. ${remedy}`, cause)
  }

  function drop(reason: unknown): void {
    for (const reject of underWay) reject(reason)
    closeSockets()
  }

  function closeSockets(): void {
    // Only an error makes kafkajs forget its requests and clear its timers.
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
      return broker?.isConnected() ?? false
    },

    versions,

    async send(message, request, timeout) {
      const version = highestCommon(message, (await versions()).get(message.key))
      if (version === undefined) {
        const [min, max] = message.versions
        throw new BrokerError(
          id,
          'unsupported',
          `${subject} speaks no version of ${message.name} from ${min} to ${max}. Is it older than Kafka 2.1?`,
        )
      }

      const bytes = message.encode(request, version)
      const answer = await within(timeout, 'request', exchange(await live(), message, version, bytes))
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

/** The highest version that both sides speak; undefined where there is none. */
export function highestCommon(
  { versions: [min, max] }: { versions: readonly [min: number, max: number] },
  range: VersionRange | undefined,
): number | undefined {
  if (range === undefined) return undefined
  const highest = Math.min(max, range.max)
  return highest >= Math.max(min, range.min) ? highest : undefined
}
