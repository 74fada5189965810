import type { Registry } from 'prom-client'
import { matches } from '../../core/glob.ts'
import type { MetricsSettings } from '../../core/model/settings.ts'
import type { GroupOverview, Overview, PartitionOverview } from '../../jobs/overview.ts'

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** One cluster's overview; undefined if it has no usable snapshot. */
export interface ClusterMetrics {
  cluster: string
  /** Undefined if all clusters are in one store. */
  store?: string | undefined
  overview: Overview | undefined
}

/** Undefined if the value is unknown. */
type Measured = number | undefined

const secondsTo = (time: number | null, now: number): Measured =>
  time === null ? undefined : (time - now) / 1000
const ofBigint = (n: bigint | null): Measured => (n === null ? undefined : Number(n))

const ofCluster: [name: string, help: string, measure: (overview: Overview, now: number) => Measured][] = [
  ['snapshot_timestamp_seconds', 'Start of the newest snapshot.', ({ head }) => head.takenAt / 1000],
  ['snapshot_age_seconds', 'Age of the newest snapshot.', ({ head }, now) => (now - head.takenAt) / 1000],
  ['snapshot_complete', '1 if the newest snapshot read everything.', ({ head }) => Number(head.complete)],
  [
    'snapshot_exact',
    '1 if commit times come from __consumer_offsets.',
    ({ head }) => Number(head.mode === 'exact'),
  ],
  ['snapshot_problems', 'Number of problems in the newest snapshot.', ({ head }) => head.problems.length],
  ['groups', 'Groups with committed offsets.', ({ groups }) => groups.length],
  [
    'groups_without_owner',
    'Groups without an owner. Ignored groups are not counted.',
    ({ groups }) => groups.filter(({ owner, isIgnored }) => owner === null && !isIgnored).length,
  ],
]

const ofGroup: [name: string, help: string, measure: (group: GroupOverview, now: number) => Measured][] = [
  ['group_open_losses', 'Lost offsets that nobody has acknowledged.', ({ openLosses }) => openLosses],
  [
    'group_deadline_seconds',
    'Time until Kafka may delete the first offset of the group; negative after the deadline.',
    ({ deadline }, now) => secondsTo(deadline, now),
  ],
  [
    'group_records_deadline_seconds',
    'Time until Kafka may delete the first unread record of the group.',
    ({ recordsDeadline }, now) => secondsTo(recordsDeadline, now),
  ],
  [
    'group_last_commit_timestamp_seconds',
    'Time of the last commit of the group, or the latest possible time.',
    ({ partitions }) =>
      partitions.length > 0
        ? partitions.reduce((latest, { lastCommit }) => Math.max(latest, lastCommit), 0) / 1000
        : undefined,
  ],
  [
    'group_lag',
    'Offsets behind the ends of the logs, in all partitions together.',
    ({ partitions }) => sum(partitions),
  ],
]

type PartitionMetric = [
  name: string,
  help: string,
  measure: (partition: PartitionOverview, now: number) => Measured,
]
const offset = ({ offset }: PartitionOverview) => Number(offset)
const lag = ({ lag }: PartitionOverview) => ofBigint(lag)

const ofPartition: PartitionMetric[] = [
  [
    'deadline_seconds',
    'Time until Kafka may delete the offset.',
    (partition, now) => secondsTo(partition.deadline, now),
  ],
  [
    'records_deadline_seconds',
    'Time until Kafka may delete the first unread record.',
    (partition, now) => secondsTo(partition.recordsDeadline, now),
  ],
  [
    'last_commit_timestamp_seconds',
    'Time of the last commit, or the latest possible time.',
    ({ lastCommit }) => lastCommit / 1000,
  ],
]

const offsetHelp = 'The committed offset: the next record to read.'
const lagHelp = 'Offsets behind the end of the log.'

/**
 * Full names, without our prefix, for dashboards of kafka-lag-exporter. @see
 * https://github.com/seglo/kafka-lag-exporter#metrics
 */
const offsetsAndLag: Record<MetricsSettings['names'], PartitionMetric[]> = {
  own: [
    ['offset_watchdog_offset', offsetHelp, offset],
    ['offset_watchdog_lag', lagHelp, lag],
  ],
  'kafka-lag-exporter': [
    ['kafka_consumergroup_group_offset', offsetHelp, offset],
    ['kafka_consumergroup_group_lag', lagHelp, lag],
  ],
}

/**
 * The newest snapshots in the text format of OpenMetrics 1.0.
 * @param now ms since the epoch
 */
export async function openMetrics(
  clusters: readonly ClusterMetrics[],
  settings: MetricsSettings,
  now: number,
): Promise<string> {
  const { Gauge, Registry } = await import('prom-client')
  const registry: Registry<typeof openMetricsType> = new Registry()
  registry.setContentType(openMetricsType)
  const gauge = (name: string, help: string, labelNames: string[]) => {
    const made = new Gauge({ name, help, labelNames, registers: [registry] })
    return (labels: Record<string, string>, value: Measured) => {
      if (value !== undefined) made.set(labels, value)
    }
  }
  const prefixed = (name: string) => `offset_watchdog_${name}`

  // Two stores may have a cluster of the same name.
  const storeLabel = clusters.some(({ store }) => store !== undefined) ? ['store'] : []
  const labelsOf = ({ cluster, store }: ClusterMetrics) => ({
    cluster,
    ...(store !== undefined && { store }),
  })
  const up = gauge(prefixed('up'), '1 if there is a usable snapshot.', ['cluster', ...storeLabel])
  for (const cluster of clusters) up(labelsOf(cluster), Number(cluster.overview !== undefined))

  const known = clusters.flatMap(cluster =>
    cluster.overview ? [{ labels: labelsOf(cluster), overview: cluster.overview }] : [],
  )
  for (const [name, help, measure] of ofCluster) {
    const set = gauge(prefixed(name), help, ['cluster', ...storeLabel])
    for (const { labels, overview } of known) set(labels, measure(overview, now))
  }

  const groups = known.flatMap(({ labels, overview }) =>
    overview.groups
      .filter(({ group }) => matches(settings.groups, group))
      .map(group => ({ group, labels: { ...labels, group: group.group, owner: group.owner ?? '' } })),
  )
  for (const [name, help, measure] of ofGroup) {
    const set = gauge(prefixed(name), help, ['cluster', ...storeLabel, 'group', 'owner'])
    for (const { group, labels } of groups) set(labels, measure(group, now))
  }
  if (!settings.partitions) return registry.metrics()

  const isTheirs = settings.names === 'kafka-lag-exporter'
  const all = [
    ...offsetsAndLag[settings.names].map(metric => ({ metric, isTheirs })),
    ...ofPartition.map(([name, ...rest]) => ({
      metric: [prefixed(name), ...rest] satisfies PartitionMetric,
      isTheirs: false,
    })),
  ]
  for (const { metric, isTheirs } of all) {
    const [name, help, measure] = metric
    const cluster = isTheirs ? 'cluster_name' : 'cluster'
    const ownLabels = isTheirs ? [] : ['owner']
    const set = gauge(name, help, [cluster, ...storeLabel, 'group', 'topic', 'partition', ...ownLabels])
    for (const { group, labels } of groups) {
      const { cluster: cluster_name, owner: _, ...shared } = labels
      const ofGroup = isTheirs ? { cluster_name, ...shared } : labels
      for (const partition of group.partitions)
        set(
          { ...ofGroup, topic: partition.topic, partition: String(partition.partition) },
          measure(partition, now),
        )
    }
  }
  return registry.metrics()
}

/** Undefined if no log end is known. */
function sum(partitions: readonly PartitionOverview[]): Measured {
  const known = partitions.map(({ lag }) => lag).filter(lag => lag !== null)
  return known.length > 0 ? Number(known.reduce((total, lag) => total + lag, 0n)) : undefined
}
