import type { BrokerRetention } from '../../core/model/commit.ts'
import { DAY, inDateRange, MINUTE } from '../../core/time.ts'
import { BrokerError, errorName, problemCode } from '../protocol/errors.ts'
import { type DescribedConfigs, describeConfigs } from '../protocol/messages/describe-configs.ts'
import { brokerFailed, type Scan } from '../requests/scan.ts'

const RETENTION = 'offsets.retention.minutes'
const SWEEP = 'offsets.retention.check.interval.ms'
const LOG_SWEEP = 'log.retention.check.interval.ms'
/** If this setting lists `consumer`, Kafka 3.8 and 3.9 run the coordinator of Kafka 4. */
const PROTOCOLS = 'group.coordinator.rebalance.protocols'
/** An older setting with the same effect, which Kafka 3.9 still knows. */
const NEW_COORDINATOR = 'group.coordinator.new.enable'

const DEFAULT_RETENTION = 7 * DAY
const DEFAULT_SWEEP = 10 * MINUTE
/** Kafka's default of log.retention.check.interval.ms, in ms. */
const DEFAULT_LOG_SWEEP = 5 * MINUTE

export interface BrokerSettings {
  retention: BrokerRetention
  /** True if the broker runs Kafka 4's coordinator, as far as its settings show. */
  hasNewCoordinator: boolean
  /** Interval in ms at which the broker deletes old segments. */
  logSweep: number
}

/**
 * Retention, sweep interval and coordinator of every broker. Each broker is asked for its own, since these are static
 * settings. If a broker does not report its retention, the configured one counts, else Kafka's default.
 * @param configured ms; null for no limit
 */
export function readBrokerSettings(
  scan: Scan,
  configured: number | null | undefined,
  brokers: Iterable<number> = scan.connection.brokers.keys(),
): Promise<BrokerSettings[]> {
  return Promise.all([...brokers].sort((a, b) => a - b).map(broker => settingsOf(scan, broker, configured)))
}

async function settingsOf(
  scan: Scan,
  broker: number,
  configured: number | null | undefined,
): Promise<BrokerSettings> {
  const assumed: BrokerRetention = {
    broker,
    retention: configured === undefined ? DEFAULT_RETENTION : configured,
    sweep: DEFAULT_SWEEP,
    source: configured === undefined ? 'default' : 'settings',
  }
  const unknown = { retention: assumed, hasNewCoordinator: false, logSweep: DEFAULT_LOG_SWEEP }
  if (scan.silent.has(broker)) return unknown

  const answer = await ask(scan, broker)
  if (answer === undefined) return unknown
  const configs = answer instanceof BrokerError ? new Map<string, string | null>() : answer.configs

  const protocols = configs.get(PROTOCOLS)?.split(',') ?? []
  const hasNewCoordinator =
    protocols.some(protocol => protocol.trim().toLowerCase() === 'consumer') ||
    configs.get(NEW_COORDINATOR) === 'true'

  const logSweep = numberOf(configs.get(LOG_SWEEP)) ?? DEFAULT_LOG_SWEEP

  const minutes = numberOf(configs.get(RETENTION))
  if (minutes === undefined) {
    // With a configured retention the user has nothing to do.
    if (configured === undefined) notTold(scan, broker, answer)
    return { retention: assumed, hasNewCoordinator, logSweep }
  }
  const sweep = numberOf(configs.get(SWEEP)) ?? DEFAULT_SWEEP
  const retention = minutes < 0 ? null : inDateRange(minutes * MINUTE)
  return { retention: { broker, retention, sweep, source: 'broker' }, hasNewCoordinator, logSweep }
}

/** Undefined if the broker does not answer at all, which is a problem of the scan. */
async function ask(scan: Scan, broker: number): Promise<DescribedConfigs | BrokerError | undefined> {
  const names = [RETENTION, SWEEP, LOG_SWEEP, PROTOCOLS, NEW_COORDINATOR]
  try {
    const request = { resources: [{ broker }], names }
    const [described] = await scan.connection.send(broker, describeConfigs, request)
    return (
      described ?? new BrokerError(broker, 'undecodable', `Broker ${broker} returned no settings of its own.`)
    )
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    if (error.isOneRequest || error.code === 'unsupported' || error.code === 'undecodable') return error
    brokerFailed(scan, error)
    return undefined
  }
}

const assumption = "so Kafka's default of 7 days is assumed"

function notTold({ problems }: Scan, broker: number, answer: DescribedConfigs | BrokerError): void {
  if (answer instanceof BrokerError) {
    problems.add({
      scope: { broker },
      code: 'unsupported',
      message: `The retention of broker ${broker} cannot be read, ${assumption}: set "retention" for the cluster, or set it to \`never\` if offsets do not expire. ${answer.message}`,
    })
  } else if (answer.error === 0) {
    problems.add({
      scope: {},
      code: 'unsupported',
      message: `The settings of the brokers do not contain ${RETENTION}, ${assumption}: set "retention" for the cluster, or set it to \`never\` if offsets do not expire.`,
    })
  } else {
    problems.add({
      scope: {},
      code: problemCode(answer.error),
      message: `The brokers do not return ${RETENTION} (${errorName(answer.error)}), ${assumption}: grant the watchdog DESCRIBE_CONFIGS on the cluster, or set "retention" for it.`,
    })
  }
}

const numberOf = (value: string | null | undefined): number | undefined =>
  value && /^-?\d+$/.test(value) ? inDateRange(Number(value)) : undefined
