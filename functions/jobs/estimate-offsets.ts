import { Failure } from '../core/model/failure.ts'
import type { TopicPartition } from '../core/model/topic-partition.ts'
import { iso } from '../core/time.ts'
import type { OffsetSeries } from './ports.ts'

export interface EstimateOffsets {
  group: string
  topic: string | undefined
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
  /** Number of series without a usable value. */
  unusable: number
}

/**
 * The offsets that an exporter saw at a time. No snapshot stores these offsets: a past snapshot cannot be written
 * later, and an estimate must not become the base of a loss.
 * @throws Failure if the series have no usable value
 */
export async function estimateOffsets({
  group,
  topic,
  at,
  series,
}: EstimateOffsets): Promise<EstimatedOffsets> {
  const samples = (await series.offsetsAt(group, at)).filter(
    sample => (topic ?? sample.topic) === sample.topic,
  )
  const usable = samples.filter(({ value }) => Number.isFinite(value) && value >= 0)
  const subject = `of group ${JSON.stringify(group)} at ${iso(at)}`
  if (samples.length === 0)
    throw new Failure(`Prometheus has no offsets ${subject}: choose another time or another Prometheus.`)
  if (usable.length === 0)
    throw new Failure(`Prometheus has no usable number for the offsets ${subject}: choose another time.`)

  const offsets = usable.map(({ topic, partition, value }) => ({
    topic,
    partition,
    offset: BigInt(Math.trunc(value)),
  }))
  offsets.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
  return { group, at, offsets, unusable: samples.length - usable.length }
}
