import { Failure } from '../core/model/failure.ts'
import type { OffsetSample } from '../core/model/offset-sample.ts'
import { keyOf, type TopicPartition } from '../core/model/topic-partition.ts'
import { iso } from '../core/time.ts'
import { quotedName } from '../text/quoted-name.ts'
import type { OffsetSeries } from './ports.ts'

export interface EstimateOffsets {
  group: string
  topic: string | undefined
  /** The exporter's name of the cluster. Undefined: the exporter's only cluster. */
  cluster: string | undefined
  /** ms since the epoch */
  at: number
  series: OffsetSeries
}

/** A group's offsets as an exporter saw them: an estimate from a scrape before `at`. */
export interface EstimatedOffsets {
  group: string
  at: number
  /** In the order of topic and partition; never empty. */
  offsets: (TopicPartition & { offset: bigint })[]
  /** Number of partitions without a usable value. */
  unusable: number
  /** The exporters that reported these offsets. */
  exporters: string[]
}

/**
 * The offsets that an exporter saw at a time. If several series have a partition, the highest offset counts: the others
 * are from members that have left, or from a replica of the exporter. No snapshot stores these offsets: a past snapshot
 * cannot be written later, and an estimate must not become the base of a loss.
 * @throws Failure if the series have no usable value, or are of several clusters
 */
export async function estimateOffsets(asked: EstimateOffsets): Promise<EstimatedOffsets> {
  const { group, topic, cluster, at, series } = asked
  const samples = (await series.offsetsAt(group, at)).filter(
    sample => (topic ?? sample.topic) === sample.topic && (cluster ?? sample.cluster) === sample.cluster,
  )
  const subject = subjectOf(asked)
  if (samples.length === 0)
    throw new Failure(
      `Prometheus has no offsets ${subject}: check the names, or choose another time or another Prometheus.`,
    )
  refuseSeveralClusters(samples, subject)

  const usable = samples.filter(({ value }) => Number.isFinite(value) && value >= 0)
  if (usable.length === 0)
    throw new Failure(`Prometheus has no usable number for the offsets ${subject}: choose another time.`)

  const offsets = [...Map.groupBy(usable, keyOf).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { topic, partition } = first
    const value = others.reduce((most, other) => Math.max(most, other.value), first.value)
    return [{ topic, partition, offset: BigInt(Math.trunc(value)) }]
  })
  offsets.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
  const unusable = new Set(samples.map(keyOf)).size - offsets.length
  const exporters = [...new Set(usable.map(({ exporter }) => exporter))].sort()
  return { group, at, offsets, unusable, exporters }
}

const subjectOf = ({ group, topic, cluster, at }: EstimateOffsets): string =>
  [
    `of group ${JSON.stringify(group)}`,
    ...(topic === undefined ? [] : [`in topic ${JSON.stringify(topic)}`]),
    ...(cluster === undefined ? [] : [`with the cluster_name ${JSON.stringify(cluster)}`]),
    `at ${iso(at)}`,
  ].join(' ')

/** An offset of one cluster means nothing in another. */
function refuseSeveralClusters(samples: readonly OffsetSample[], subject: string): void {
  const clusters = new Set(samples.map(({ cluster }) => cluster))
  if (clusters.size < 2) return
  const names = Array.from(clusters, name => (name === null ? 'one without a name' : quotedName(name))).sort()
  throw new Failure(
    `Prometheus has offsets ${subject} of several clusters (${names.join(', ')}): choose one.`,
    {
      exitCode: 2,
      inputs: ['cluster'],
    },
  )
}
