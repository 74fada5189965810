import type { LoggedPosition } from '../../core/reading.ts'
import type { Bytes } from './bytes.ts'
import type { CommitValue } from './offset-records.ts'

const WORDS_OF_A_TOPIC_ID = 4

const NONE = -1

/** Commits in columns, numbered: an object for each would cost a large cluster's memory. */
export class CommitColumns {
  private length = 0
  /** Where in the log it counts from. */
  position = new Float64Array(1024)
  private offset = new BigInt64Array(1024)
  private leaderEpoch = new Int32Array(1024)
  private committedAt = new Float64Array(1024)
  private expiresAt = new Float64Array(1024)
  private topicId = new Int32Array(1024 * WORDS_OF_A_TOPIC_ID)
  private readonly metadata: string[] = []

  /**
   * Puts a commit in the place of another, or in a new one for −1, and returns its number.
   * @param bytes where the topic's id is
   */
  set(place: number, position: number, value: CommitValue, bytes: Bytes): number {
    const number = place === NONE ? this.add() : place
    this.position[number] = position
    this.offset[number] = value.offset
    this.leaderEpoch[number] = value.leaderEpoch
    this.committedAt[number] = value.committedAt
    this.expiresAt[number] = value.expiresAt
    this.metadata[number] = value.metadata

    const words = number * WORDS_OF_A_TOPIC_ID
    for (let i = 0; i < WORDS_OF_A_TOPIC_ID; i++) {
      this.topicId[words + i] = value.topicIdAt < 0 ? 0 : bytes.int32At(value.topicIdAt + 4 * i)
    }
    return number
  }

  at(number: number): LoggedPosition {
    const [leaderEpoch, expiresAt] = [this.leaderEpoch[number] ?? -1, this.expiresAt[number] ?? -1]
    return {
      offset: this.offset[number] ?? 0n,
      at: this.committedAt[number] ?? 0,
      expiresAt: expiresAt < 0 ? null : expiresAt,
      leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch,
      metadata: this.metadata[number] ?? '',
      topicId: this.topicIdAt(number),
    }
  }

  private add(): number {
    if (this.length === this.position.length) {
      this.position = doubled(this.position)
      this.offset = doubled(this.offset)
      this.leaderEpoch = doubled(this.leaderEpoch)
      this.committedAt = doubled(this.committedAt)
      this.expiresAt = doubled(this.expiresAt)
      this.topicId = doubled(this.topicId)
    }
    return this.length++
  }

  /** As Reader.uuid of codec.ts reads it: base64url, null for none. */
  private topicIdAt(number: number): string | null {
    const words = this.topicId.subarray(number * WORDS_OF_A_TOPIC_ID, (number + 1) * WORDS_OF_A_TOPIC_ID)
    if (words.every(word => word === 0)) return null
    const bytes = Buffer.alloc(16)
    words.forEach((word, i) => void bytes.writeInt32BE(word, 4 * i))
    return bytes.toString('base64url')
  }
}

/** The same numbers in a column of twice the length. */
export function doubled<T extends BigInt64Array | Int32Array | Float64Array>(column: T): T
export function doubled(column: BigInt64Array | Int32Array | Float64Array) {
  const buffer = new ArrayBuffer(2 * column.byteLength)
  new Uint8Array(buffer).set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  if (column instanceof BigInt64Array) return new BigInt64Array(buffer)
  return column instanceof Int32Array ? new Int32Array(buffer) : new Float64Array(buffer)
}
