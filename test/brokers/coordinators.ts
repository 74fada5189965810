import type { KafkaVersion } from './libraries.ts'
import type { Properties } from './properties.ts'

/** The group coordinator that Kafka 4 has, which Kafka 3.7 to 3.9 have beside theirs, and the one from before it. */
export type Coordinator = 'new' | 'old'

/** What groups a coordinator can be made to take, and how. */
export interface Groups {
  kinds: readonly ('classic' | 'consumer' | 'streams' | 'share')[]
  /** The kinds that a classic group without members may become. */
  becomes: readonly ('consumer' | 'streams')[]
  properties: Properties
  /** Options of `kafka-storage format --feature`. */
  features: readonly string[]
}

export const defaultCoordinator = (version: KafkaVersion): Coordinator =>
  version.startsWith('4.') ? 'new' : 'old'

const classicOnly: Groups = { kinds: ['classic'], becomes: [], properties: {}, features: [] }

/** Undefined where that version does not have that coordinator. */
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

/** The new coordinator before Kafka 4: an early access in 3.7, a preview in 3.8 and 3.9. */
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

/** Kafka 4.1 has streams groups as an early access and share groups as a preview. */
const previews = {
  properties: {
    [rebalanceProtocols]: 'classic,consumer,streams,share',
    ...unstable,
    'unstable.feature.versions.enable': 'true',
  },
  features: ['streams.version=1', 'share.version=1'],
}
