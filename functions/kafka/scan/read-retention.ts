import type { BrokerRetention } from '../../core/model/commit.ts'
import { inDateRange } from '../../core/time.ts'
import { errorName, problemCode } from '../protocol/errors.ts'
import { describeBrokerConfigs } from '../protocol/messages/describe-configs.ts'
import { orProblem, type Pass } from '../requests/scan.ts'

const RETENTION = 'offsets.retention.minutes'
const SWEEP = 'offsets.retention.check.interval.ms'

const MINUTE = 60_000
const DEFAULT_RETENTION = 7 * 24 * 60 * MINUTE
const DEFAULT_SWEEP = 10 * MINUTE

/**
 * Retention and sweep interval of every broker, as that very broker says: they are static settings of its own. Where it
 * does not say, the configured retention is taken, else Kafka's defaults.
 * @param configured ms
 */
export function readRetentions(pass: Pass, configured: number | undefined): Promise<BrokerRetention[]> {
  const brokers = [...pass.connection.brokers.keys()].sort((a, b) => a - b)
  return Promise.all(brokers.map(broker => retentionOf(pass, broker, configured)))
}

async function retentionOf(
  pass: Pass,
  broker: number,
  configured: number | undefined,
): Promise<BrokerRetention> {
  const assumed: BrokerRetention = {
    broker,
    retention: configured ?? DEFAULT_RETENTION,
    sweep: DEFAULT_SWEEP,
    source: configured === undefined ? 'default' : 'settings',
  }
  if (pass.silent.has(broker)) return assumed

  const request = { broker, names: [RETENTION, SWEEP] }
  const answer = await orProblem(pass, pass.connection.send(broker, describeBrokerConfigs, request))
  if (answer === undefined) return assumed

  const minutes = numberOf(answer.configs.get(RETENTION))
  if (answer.error === 0 && minutes !== undefined) {
    const sweep = numberOf(answer.configs.get(SWEEP)) ?? DEFAULT_SWEEP
    return { broker, retention: minutes < 0 ? null : inDateRange(minutes * MINUTE), sweep, source: 'broker' }
  }

  // Whoever has set the retention has done what can be done.
  if (configured === undefined)
    pass.problems.add({
      scope: {},
      code: answer.error === 0 ? 'unsupported' : problemCode(answer.error),
      message: `The brokers do not tell ${RETENTION} (${answer.error === 0 ? 'it is not among their settings' : errorName(answer.error)}), so Kafka's default of 7 days is assumed: grant the watchdog DESCRIBE_CONFIGS on the cluster, or set "retention" for it.`,
    })
  return assumed
}

const numberOf = (value: string | null | undefined): number | undefined =>
  value && /^-?\d+$/.test(value) ? inDateRange(Number(value)) : undefined
