export interface TopicPartition {
  topic: string
  partition: number
}

/** A partition as one string, for maps and sets. A topic's name has no space. */
export const keyOf = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`
