import type { TopicPartition } from './topic-partition.ts'

/** A committed offset as an exporter reported it. */
export interface OffsetSample extends TopicPartition {
  /** NaN: no value. */
  value: number
  /** The cluster by the exporter's label `cluster_name`; null without that label. */
  cluster: string | null
  /** The scraped address and its job. Two addresses may be replicas of an exporter, or exporters of two clusters. */
  exporter: string
}
