import type { KafkaVersion } from './libraries.ts'
import type { Properties } from './properties.ts'

/**
 * `new`: the group coordinator of Kafka 4, which Kafka 3.7 to 3.9 also have. `old`: the coordinator of all versions
 * before Kafka 4.
 */
export type Coordinator = 'new' | 'old'

/** The kinds of groups that a coordinator supports, and how to enable them. */
export interface Groups {
  kinds: readonly ('classic' | 'consumer' | 'streams' | 'share')[]
  /** The kinds to which a classic group without members can convert. */
  becomes: readonly ('consumer' | 'streams')[]
  properties: Properties
  /** Options of `kafka-storage format --feature`. */
  features: readonly string[]
}

export const defaultCoordinator = (version: KafkaVersion): Coordinator =>
  version.startsWith('4.') ? 'new' : 'old'

const classicOnly: Groups = { kinds: ['classic'], becomes: [], properties: {}, features: [] }

/** Undefined if the version does not have that coordinator. */
export function groupsOf(version: KafkaVersion, coordinator: Coordinator): Groups | undefined {
  const [major, minor] = version.split('.').map(Number)
  if (major !== 4) {
    if (coordinator === 'old') return classicOnly
    return early[`${major}.${minor}`]
  }
  if (coordinator === 'old') return undefined
  if (minor === 0) return { ...classicOnly, kinds: ['classic', 'consumer'], becomes: ['consumer'] }
  const kinds = ['classic', 'consumer', 'streams', 'share'] as const
  if (minor === 1) return { kinds, becomes: ['consumer'], ...previews }
  return { ...classicOnly, kinds, becomes: ['consumer', 'streams'] }
}

const rebalanceProtocols = 'group.coordinator.rebalance.protocols'
const unstable: Properties = { 'unstable.api.versions.enable': 'true' }
const converting: Properties = { 'group.consumer.migration.policy': 'bidirectional' }

/** The new coordinator before Kafka 4: early access in 3.7, preview in 3.8 and 3.9. */
const early: Readonly<Record<string, Groups>> = {
  '3.7': {
    kinds: ['classic', 'consumer'],
    becomes: [],
    properties: { 'group.coordinator.new.enable': 'true', ...unstable },
    features: [],
  },
  '3.8': {
    kinds: ['classic', 'consumer'],
    becomes: ['consumer'],
    properties: { [rebalanceProtocols]: 'classic,consumer', ...unstable, ...converting },
    features: [],
  },
  '3.9': {
    kinds: ['classic', 'consumer'],
    becomes: ['consumer'],
    properties: { [rebalanceProtocols]: 'classic,consumer', ...converting },
    features: [],
  },
}

/** In Kafka 4.1 streams groups are early access, and share groups are a preview. */
const previews = {
  properties: {
    [rebalanceProtocols]: 'classic,consumer,streams,share',
    ...unstable,
    'unstable.feature.versions.enable': 'true',
  },
  features: ['streams.version=1', 'share.version=1'],
}
