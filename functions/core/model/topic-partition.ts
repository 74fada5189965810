export interface TopicPartition {
  topic: string
  partition: number
}

/** A partition as a string, for maps and sets. A topic's name contains no space. */
export const keyOf = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`

/** The topic in which Kafka keeps committed offsets. Kafka: Topic.GROUP_METADATA_TOPIC_NAME. */
export const CONSUMER_OFFSETS = '__consumer_offsets'

/** Partitions of one topic. */
export interface TopicPartitions {
  topic: string
  partitions: number[]
}
