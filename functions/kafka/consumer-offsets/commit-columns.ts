import type { LoggedOffset } from '../../core/reading.ts'
import type { Reader } from '../protocol/reader.ts'
import { doubled } from './columns.ts'
import type { CommitValue } from './offset-records.ts'

/** The offset (an int64) and the topic's id (a UUID), as 32-bit words in the byte order of the log. */
const WORDS = 6
const OFFSET = 0
const TOPIC_ID = 2
const END = 6

const NONE = -1

/**
 * Commits in columns. Each commit has a number. An object for each commit would cost too much memory on a large
 * cluster.
 */
export class CommitColumns {
  #length = 0
  /** Position of the commit's record in the log. */
  logOffset = new Float64Array(1024)
  #leaderEpoch = new Int32Array(1024)
  #committedAt = new Float64Array(1024)
  #expiresAt = new Float64Array(1024)
  #words = new Int32Array(1024 * WORDS)
  readonly #metadata: string[] = []

  /**
   * Replaces the commit with the number `place`, or adds a commit if `place` is −1. Returns its number.
   * @param bytes the bytes that the value was read from
   */
  set(place: number, logOffset: number, value: CommitValue, bytes: Reader): number {
    const number = place === NONE ? this.#add() : place
    this.logOffset[number] = logOffset
    this.#leaderEpoch[number] = value.leaderEpoch
    this.#committedAt[number] = value.committedAt
    this.#expiresAt[number] = value.expiresAt
    this.#metadata[number] = value.metadata

    const words = number * WORDS
    for (let i = OFFSET; i < TOPIC_ID; i++) this.#words[words + i] = bytes.int32At(value.offsetAt + 4 * i)
    for (let i = TOPIC_ID; i < END; i++) {
      this.#words[words + i] = value.topicIdAt < 0 ? 0 : bytes.int32At(value.topicIdAt + 4 * (i - TOPIC_ID))
    }
    return number
  }

  at(number: number): LoggedOffset {
    const [leaderEpoch, expiresAt] = [this.#leaderEpoch[number] ?? -1, this.#expiresAt[number] ?? -1]
    return {
      offset: this.#bytesAt(number, OFFSET, TOPIC_ID).readBigInt64BE(),
      at: this.#committedAt[number] ?? 0,
      expiresAt: expiresAt === NONE ? null : expiresAt,
      logOffset: this.logOffset[number] ?? null,
      leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch,
      metadata: this.#metadata[number] ?? '',
      topicId: this.#topicIdAt(number),
    }
  }

  #add(): number {
    if (this.#length === this.logOffset.length) {
      this.logOffset = doubled(this.logOffset)
      this.#leaderEpoch = doubled(this.#leaderEpoch)
      this.#committedAt = doubled(this.#committedAt)
      this.#expiresAt = doubled(this.#expiresAt)
      this.#words = doubled(this.#words)
    }
    return this.#length++
  }

  /** The topic's id in the form of Reader.uuid: base64url, null for none. */
  #topicIdAt(number: number): string | null {
    const bytes = this.#bytesAt(number, TOPIC_ID, END)
    return bytes.every(byte => byte === 0) ? null : bytes.toString('base64url')
  }

  #bytesAt(number: number, from: number, to: number): Buffer {
    const bytes = Buffer.alloc(4 * (to - from))
    for (let i = from; i < to; i++) bytes.writeInt32BE(this.#words[number * WORDS + i] ?? 0, 4 * (i - from))
    return bytes
  }
}
