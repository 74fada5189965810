import { Reader, Undecodable } from '../protocol/reader.ts'
import type { OffsetLog } from './offset-log.ts'
import { type BatchVisitor, type LogRecord, type RecordBatch, readBatches } from './record-batch.ts'

/** Records of a transaction whose end marker has not been read yet. */
interface PendingRecords {
  from: number
  /** Time of the first record, ms since the epoch. */
  since: number
  /** The last record of each key. */
  records: Map<string, LogRecord>
}

/** A transaction in `__consumer_offsets` without an end marker. */
export interface OpenTransaction {
  producerId: number
  /** Position of the transaction's first record in the log. */
  from: number
  /** Time of that record, ms since the epoch. */
  since: number
}

const COMMIT = 1

/**
 * Reads offsets [from, until) of one partition of `__consumer_offsets` forward, and passes the records to `OffsetLog`.
 * Records of a transaction wait for its end marker. To find the marker, the reader goes on past `until`, up to the end
 * of the log. Records of an aborted transaction are dropped.
 */
export class RangeReader implements BatchVisitor {
  readonly from: number
  readonly until: number
  /** The next offset to fetch, and the leader epoch of the batch before it; −1 if unknown. */
  next: number
  leaderEpoch: number
  bytes = 0
  records = 0
  /** Number of batches and records that could not be read. */
  unreadableCount = 0
  firstUnreadable: { offset: number; why: string } | undefined
  /** Offset after the last batch that could not be read. */
  unreadableTo = 0
  /** Time of the newest batch other than a transaction marker, ms since the epoch; −1 if there is none. */
  newestAt = -1

  readonly #log: OffsetLog
  readonly #partition: number
  readonly #end: number
  /** By producer, in the order in which the transactions began. */
  readonly #open = new Map<number, PendingRecords>()
  /** Number of answers in a row in which nothing could be read. */
  #misses = 0

  constructor(
    log: OffsetLog,
    partition: number,
    range: { from: number; until: number; end: number },
    leaderEpoch = -1,
  ) {
    this.#log = log
    this.#partition = partition
    this.from = range.from
    this.until = range.until
    this.#end = range.end
    this.next = range.from
    this.leaderEpoch = leaderEpoch
  }

  /**
   * Everything before this offset has been read and passed to `OffsetLog`. The offset never passes the first open
   * transaction.
   */
  get settled(): number {
    return Math.min(this.next, this.until, this.firstOpen?.from ?? Number.POSITIVE_INFINITY)
  }

  /** The first transaction that is still open, in the part of the log that was read. */
  get firstOpen(): OpenTransaction | undefined {
    const [first] = this.#open
    return first && { producerId: first[0], from: first[1].from, since: first[1].since }
  }

  get isDone(): boolean {
    return this.next >= this.#end || (this.next >= this.until && this.settled === this.until)
  }

  /**
   * @param answer batches from `next` on
   * @param highWatermark end of the log according to the broker that answered
   * @returns true if there was at least one whole batch
   */
  read(answer: Buffer, highWatermark: number): boolean {
    const before = this.next
    this.bytes += answer.length
    this.next = readBatches(answer, { from: before, end: highWatermark, stride: this.#missed() }, this)
    if (this.next === before) this.#misses--
    return this.next > before
  }

  /** Skips a batch that claims more bytes than the answer has. */
  skip(): void {
    const next = this.next + this.#missed()
    this.unreadable(this.next, next, 'a batch claims more bytes than there are')
    this.next = next
  }

  /** Number of offsets to skip if nothing shows where the next batch begins. The number doubles with each miss. */
  #missed(): number {
    return 2 ** this.#misses++
  }

  batch(batch: RecordBatch): void {
    this.leaderEpoch = batch.leaderEpoch
    this.#misses = 0
    // A transaction marker is no commit, so its time does not count.
    if (!batch.control) this.newestAt = Math.max(this.newestAt, batch.maxTimestamp)
  }

  record(record: LogRecord, batch: RecordBatch): void {
    const { offset } = record
    if (batch.control) {
      if (offset < this.#end) this.#close(batch.producerId, record)
    } else if (offset >= this.from && offset < this.until) {
      this.records++
      if (batch.transactional) this.#hold(batch.producerId, record)
      else this.#fold(record, offset)
    }
  }

  unreadable(from: number, next: number, why: string): void {
    if (from >= this.until) return
    // The skipped part may have contained end markers, whose transactions would wait forever. The records of all open
    // transactions are uncertain from now on.
    this.#open.clear()
    this.unreadableCount++
    this.firstUnreadable ??= { offset: from, why }
    this.unreadableTo = Math.max(this.unreadableTo, next)
  }

  #fold(record: LogRecord, markedAt: number): void {
    try {
      this.#log.fold(this.#partition, record, markedAt)
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error
      // If the value cannot be decoded, `OffsetLog` remembers the key as uncertain. A key that cannot be decoded
      // belongs to no group. So nothing else becomes uncertain.
      this.unreadableCount++
      this.firstUnreadable ??= { offset: record.offset, why: error.message }
    }
  }

  #hold(producerId: number, record: LogRecord): void {
    const { offset: from, timestamp: since } = record
    const transaction = this.#open.get(producerId) ?? { from, since, records: new Map() }
    this.#open.set(producerId, transaction)
    const key = record.bytes.buffer.toString('latin1', Math.max(record.keyFrom, 0), Math.max(record.keyTo, 0))
    transaction.records.set(key, copyOf(record))
  }

  /** The key of a marker is a version and a type. Kafka: ControlRecordType.parse. */
  #close(producerId: number, { bytes, keyFrom, keyTo, offset }: LogRecord): void {
    bytes.set(Math.max(keyFrom, 0), Math.max(keyTo, 0))
    bytes.int16()
    const type = bytes.int16()

    const transaction = this.#open.get(producerId)
    if (transaction === undefined) return
    this.#open.delete(producerId)
    if (type === COMMIT) for (const record of transaction.records.values()) this.#fold(record, offset)
  }
}

/** A copy with its own bytes, since a pending record outlives the answer. */
function copyOf(record: LogRecord): LogRecord {
  const { bytes, keyFrom, keyTo, valueFrom, valueTo } = record
  const from = Math.max(keyFrom, 0)
  const to = Math.max(keyTo, valueTo, from)
  const copy = Buffer.from(bytes.buffer.subarray(from, to))
  const moved = (at: number) => (at < 0 ? at : at - from)
  return {
    ...record,
    bytes: new Reader(copy),
    keyFrom: moved(keyFrom),
    keyTo: moved(keyTo),
    valueFrom: moved(valueFrom),
    valueTo: moved(valueTo),
  }
}
