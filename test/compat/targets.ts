import { type Coordinator, groupsOf } from '../brokers/coordinators.ts'
import { type KafkaVersion, kafkaVersions } from '../brokers/libraries.ts'

/** A version of Apache Kafka with one of its group coordinators. */
export interface Target {
  /** The target's file name in results/, and its value for `--only`. */
  name: string
  version: KafkaVersion
  coordinator: Coordinator
  /** True if `npm run accuracy` can run, from Kafka 3.6 on. */
  hasRules: boolean
  /** Early access in Kafka itself: a failure there is not a fault of the watchdog, and the page says why. */
  isEarlyAccess: boolean
}

const coordinators = ['old', 'new'] as const

export const targets: Target[] = kafkaVersions.flatMap(version => {
  const offered = coordinators.filter(coordinator => groupsOf(version, coordinator))
  return offered.map(coordinator => {
    const isEarlyAccess = version === '3.7.2' && coordinator === 'new'
    return {
      name: offered.length > 1 ? `${version}-${coordinator}` : version,
      version,
      coordinator,
      hasRules: version !== '3.3.2' && version !== '2.8.2' && !isEarlyAccess,
      isEarlyAccess,
    }
  })
})
