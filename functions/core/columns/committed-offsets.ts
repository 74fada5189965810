/** Doubles a typed array that is full. */
const grow = <T extends BigInt64Array | Int32Array | Float64Array | Uint8Array>(
  make: (length: number) => T,
  full: T,
): T => {
  const next = make(full.length * 2)
  next.set(full as never)
  return next
}

/**
 * The offsets that OffsetFetch returned, in columns. The decoder fills these columns without an object for each offset
 * (test/bench measures the gain). Row i is `group[i], topic[i], …`; the rows of one group are contiguous.
 */
export class CommittedOffsets {
  length = 0
  readonly group: string[] = []
  readonly topic: string[] = []
  readonly metadata: string[] = []
  partition = new Int32Array(1024)
  offset = new BigInt64Array(1024)
  /** −1 if the commit carried none. */
  leaderEpoch = new Int32Array(1024)
  /** 1 if a transactional commit is pending. */
  pending = new Uint8Array(1024)

  push(
    group: string,
    topic: string,
    partition: number,
    offset: bigint,
    leaderEpoch: number,
    metadata: string,
    pending: boolean,
  ): void {
    const i = this.length++
    if (i === this.partition.length) {
      this.partition = grow(n => new Int32Array(n), this.partition)
      this.offset = grow(n => new BigInt64Array(n), this.offset)
      this.leaderEpoch = grow(n => new Int32Array(n), this.leaderEpoch)
      this.pending = grow(n => new Uint8Array(n), this.pending)
    }
    this.group.push(group)
    this.topic.push(topic)
    this.metadata.push(metadata)
    this.partition[i] = partition
    this.offset[i] = offset
    this.leaderEpoch[i] = leaderEpoch
    this.pending[i] = pending ? 1 : 0
  }
}
