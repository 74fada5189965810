const MIN_INT32 = -(2 ** 31)

/**
 * The partition of `__consumer_offsets` for a group: Java's String.hashCode of the group id, modulo the number of
 * partitions. Kafka: GroupCoordinatorService.partitionFor, Utils.abs.
 */
export function groupPartition(group: string, partitions: number): number {
  let hash = 0
  for (let i = 0; i < group.length; i++) hash = (Math.imul(31, hash) + group.charCodeAt(i)) | 0
  return hash === MIN_INT32 ? 0 : Math.abs(hash) % partitions
}
