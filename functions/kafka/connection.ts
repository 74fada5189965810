import type { KafkaSettings } from '../core/settings.ts'
import type { Message } from './message.ts'

export interface VersionRange {
  min: number
  max: number
}

/** Sockets to the brokers of one cluster. */
export interface Connection {
  readonly clusterId: string
  /** The brokers by id, as of the last refresh. */
  readonly brokers: ReadonlyMap<number, { host: string; port: number }>

  /**
   * Sends one request to one broker, in the highest version that both speak.
   * @throws BrokerError; the signal's reason once it is aborted
   */
  send<Request, Response>(
    broker: number,
    message: Message<Request, Response>,
    request: Request,
    options?: { /** ms, default 30,000 */ timeout?: number },
  ): Promise<Response>

  /** As `send`, to whichever broker answers first in turn; a live connection is preferred. Throws the last error. */
  sendToAny<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options?: { timeout?: number },
  ): Promise<Response>

  /** The highest version that both sides speak; undefined where there is none. @throws BrokerError */
  version(broker: number, message: Message<never, unknown>): Promise<number | undefined>

  /** What a broker itself says that it speaks, by API key (ApiVersions). @throws BrokerError */
  apiVersions(broker: number): Promise<ReadonlyMap<number, VersionRange>>

  /** Asks any live broker for the brokers again. @throws BrokerError */
  refresh(): Promise<void>

  /** Leaves no socket and no timer, also while requests are under way: these are rejected. */
  close(): Promise<void>
}

export interface ConnectOptions {
  signal?: AbortSignal
  /** What kafkajs has to say, for a debug log. */
  log?: (message: string) => void
}

/** @throws Failure, one sentence with its remedy */
export declare function connect(settings: KafkaSettings, options?: ConnectOptions): Promise<Connection>
