import type { RecordsRetention } from '../reading.ts'
import { inDateRange } from '../time.ts'

/** The topic settings that decide when records are deleted. Kafka: TopicConfig. */
export const retentionConfigs = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'segment.ms',
  'remote.storage.enable',
] as const

/**
 * @param configs value by name, from DescribeConfigs; an older broker lacks some names
 * @param ofTopic names of the settings that are set on the topic itself
 */
export function recordsRetention(
  configs: ReadonlyMap<string, string | null>,
  ofTopic: ReadonlySet<string>,
): RecordsRetention {
  const policies = configs.get('cleanup.policy')?.split(',') ?? []
  const [retention, bytes, segment] = [
    numberOf(configs.get('retention.ms')),
    numberOf(configs.get('retention.bytes')),
    numberOf(configs.get('segment.ms')),
  ]
  if (configs.get('cleanup.policy') == null) return { by: 'unknown' }
  if (!policies.some(policy => policy.trim().toLowerCase() === 'delete')) return { by: 'never' }
  if (retention === undefined || bytes === undefined || segment === undefined) return { by: 'unknown' }
  if (retention < 0 && bytes < 0) return { by: 'never' }
  if (configs.get('remote.storage.enable') === 'true') return { by: 'tiered' }
  if (bytes >= 0) return { by: 'size' }
  const isCompacted = policies.some(policy => policy.trim().toLowerCase() === 'compact')
  const setBy = ofTopic.has('retention.ms') ? 'topic' : 'broker'
  return { by: 'time', retention, setBy, segment, isCompacted }
}

const numberOf = (value: string | null | undefined): number | undefined =>
  value && /^-?\d+$/.test(value) ? inDateRange(Number(value)) : undefined
