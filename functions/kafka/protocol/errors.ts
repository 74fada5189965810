import type { ProblemCode } from '../../core/model/commit.ts'

/** Kafka's error codes that this program may receive: the name, and the effect on a snapshot. */
const errors: Record<number, readonly [name: string, code: ProblemCode]> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'unknown'],
  1: ['OFFSET_OUT_OF_RANGE', 'unknown'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'unknown'],
  5: ['LEADER_NOT_AVAILABLE', 'leaderless'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'leaderless'],
  7: ['REQUEST_TIMED_OUT', 'timed-out'],
  8: ['BROKER_NOT_AVAILABLE', 'unreachable'],
  9: ['REPLICA_NOT_AVAILABLE', 'leaderless'],
  10: ['MESSAGE_TOO_LARGE', 'too-large'],
  12: ['OFFSET_METADATA_TOO_LARGE', 'too-large'],
  13: ['NETWORK_EXCEPTION', 'unreachable'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'not-loaded'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'not-loaded'],
  16: ['NOT_COORDINATOR', 'not-loaded'],
  18: ['RECORD_LIST_TOO_LARGE', 'too-large'],
  22: ['ILLEGAL_GENERATION', 'unknown'],
  24: ['INVALID_GROUP_ID', 'unknown'],
  25: ['UNKNOWN_MEMBER_ID', 'unknown'],
  27: ['REBALANCE_IN_PROGRESS', 'unknown'],
  28: ['INVALID_COMMIT_OFFSET_SIZE', 'too-large'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'not-authorized'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'not-authorized'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'not-authorized'],
  35: ['UNSUPPORTED_VERSION', 'unsupported'],
  42: ['INVALID_REQUEST', 'unknown'],
  56: ['KAFKA_STORAGE_ERROR', 'leaderless'],
  69: ['GROUP_ID_NOT_FOUND', 'unknown'],
  72: ['LISTENER_NOT_FOUND', 'leaderless'],
  74: ['FENCED_LEADER_EPOCH', 'leaderless'],
  75: ['UNKNOWN_LEADER_EPOCH', 'leaderless'],
  78: ['OFFSET_NOT_AVAILABLE', 'leaderless'],
  88: ['UNSTABLE_OFFSET_COMMIT', 'not-loaded'],
  100: ['UNKNOWN_TOPIC_ID', 'unknown'],
  113: ['STALE_MEMBER_EPOCH', 'unknown'],
}

/** Kafka's name of an error code, such as `NOT_COORDINATOR`; `error 1234` for any other code. */
export const errorName = (error: number): string => errors[error]?.[0] ?? `error ${error}`

/** The effect of an error code on a snapshot. */
export const problemCode = (error: number): ProblemCode => errors[error]?.[1] ?? 'unknown'

/** One request to one broker failed. The rest of the cluster may still answer. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly broker: number
  readonly code: ProblemCode
  /** True if the broker closes the connection on this request but answers other requests. */
  readonly isOneRequest: boolean

  /**
   * @param broker the broker's id; −1 for an address from the settings
   * @param message a sentence that names the broker, and the remedy
   */
  constructor(broker: number, code: ProblemCode, message: string, cause?: unknown, isOneRequest = false) {
    super(message, { cause })
    this.broker = broker
    this.code = code
    this.isOneRequest = isOneRequest
  }
}
