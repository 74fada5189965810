import type { LogCursor } from '../../core/reading.ts'
import type { Fetched, FetchedFrom } from '../protocol/messages/fetch.ts'
import type { OffsetLog } from './offset-log.ts'
import { type OpenTransaction, RangeReader } from './range-reader.ts'

/**
 * How far one partition of `__consumer_offsets` has been read; kept from run to run. Log offsets are plain numbers,
 * since the log does not reach 2^53.
 */
export type OffsetCursor = Omit<LogCursor, 'coordinatorEpoch'>

/** How much of one partition was read, and so how much is known about its groups. */
export interface PartitionReading {
  /** True if the log was read to the given end, so that the last record found for a key is its last. */
  reachedEnd: boolean
  /** True if the whole log was read, in this run or earlier ones. */
  caughtUp: boolean
  /** True if reading continued at the given cursor and skipped nothing. */
  unbroken: boolean
}

export interface PartitionToRead {
  partition: number
  topicId: string | null
  /** The start and the end of the log. */
  start: number
  end: number
  /** Number of offsets of the first step, while nothing is known about the log. */
  firstStep: number
  /** Target in bytes for each further step. A step that is interrupted has to be read again. */
  stepBytes: number
}

const FASTEST_GROWTH = 8

/**
 * Reads one partition, the newest part first. The first range has the records since the cursor or, without a cursor,
 * the last `firstStep` offsets. Further ranges go back to the log's start, step by step. Each range is read forward, as
 * Kafka requires.
 *
 * After the first range, everything from `cursor.from` to the log's end has been read. The last record of a key in that
 * part is the key's last record, so its time is exact long before the whole log has been read. A key that is missing
 * from that part has only older records.
 */
export class PartitionReader {
  readonly partition: number
  /** Moves on with each answer. */
  readonly cursor: OffsetCursor
  readonly ranges: RangeReader[] = []
  /** Number of answers in a row in which this partition came first and got no records. */
  starved = 0

  readonly #log: OffsetLog
  readonly #to: PartitionToRead
  readonly #older: number
  #unbroken: boolean
  #reachedEnd = false
  #hasStartedOver = false
  #step: number
  #range: RangeReader | undefined

  constructor(log: OffsetLog, toRead: PartitionToRead, known: OffsetCursor | undefined) {
    const { partition, topicId, start, end } = toRead
    this.#log = log
    this.#to = toRead
    this.partition = partition
    this.#step = toRead.firstStep

    const goesOn = known?.topicId === topicId && known.to >= start && known.to <= end
    const kept = known && goesOn ? { ...known, from: Math.max(known.from, start) } : nothingRead(toRead)
    this.cursor = { partition, topicId, ...kept }
    this.#unbroken = goesOn
    this.#older = goesOn ? this.cursor.from : 0
    this.#goOn()
  }

  /** Number of offsets that are still to be read. */
  get remaining(): number {
    const ahead = this.#reachedEnd ? 0 : this.#to.end - this.cursor.to
    return ahead + this.cursor.from - this.#to.start
  }

  /**
   * The transaction that stops the cursor: the first one that began in the part that was read and whose end marker is
   * not in the log.
   */
  get openTransaction(): OpenTransaction | undefined {
    const open = this.ranges.flatMap(range => (range.isDone && range.firstOpen) || [])
    return open.sort((a, b) => a.from - b.from)[0]
  }

  /** The next fetch; undefined when everything has been read. */
  get next(): FetchedFrom | undefined {
    const { partition } = this
    const range = this.#range
    return range && { partition, offset: range.next, leaderEpoch: range.leaderEpoch }
  }

  /** @param isFirst true for the first partition of a request, which gets at least one whole batch */
  read({ records, highWatermark, diverging }: Fetched, isFirst: boolean): void {
    const range = this.#range
    if (range === undefined) return
    if (diverging) {
      this.startOver()
      return
    }
    if (!range.read(records, Number(highWatermark)) && isFirst && records.length > 0) range.skip()
    this.starved = isFirst && records.length === 0 ? this.starved + 1 : 0
    this.#goOn()
  }

  /** Sets the limits of this partition in `OffsetLog`, and returns how much was read. */
  conclude(): PartitionReading {
    const { cursor } = this
    const [reachedEnd, unbroken] = [this.#reachedEnd, this.#unbroken]
    this.#log.limit(this.partition, {
      uncertain: Math.max(cursor.from, cursor.unreadableTo),
      older: this.#older,
    })
    return { reachedEnd, unbroken, caughtUp: this.remaining === 0 }
  }

  /**
   * Drops the cursor, which belongs to another log, and starts over.
   * @returns false if the reader has started over before
   */
  startOver(): boolean {
    if (this.#hasStartedOver) return false
    this.#hasStartedOver = true
    Object.assign(this.cursor, nothingRead(this.#to))
    this.#reachedEnd = false
    this.#unbroken = false
    this.#range = undefined
    this.#goOn()
    return true
  }

  /** Moves the cursor over what the range has read. At the end of the range, begins the next one. */
  #goOn(): void {
    this.#range ??= this.#nextRange()
    while (this.#range) {
      const { cursor } = this
      const range = this.#range
      cursor.unreadableTo = Math.max(cursor.unreadableTo, range.unreadableTo)
      if (!this.#reachedEnd) {
        if (range.unreadableTo > 0) this.#unbroken = false
        cursor.to = range.settled
        cursor.leaderEpoch = range.leaderEpoch
      }
      if (!range.isDone) return

      if (this.#reachedEnd) {
        cursor.from = range.from
        // A transaction that began in this step is still open, so the next run begins at its first record.
        if (range.settled < range.until) cursor.to = range.settled
      }
      if (range.until > range.from) this.#step = this.#stepAfter(range)
      this.#reachedEnd = true
      this.#range = this.#nextRange()
    }
  }

  #nextRange(): RangeReader | undefined {
    const { partition, cursor } = this
    const log = this.#log
    const { start, end } = this.#to
    const range = this.#reachedEnd
      ? { from: Math.max(start, cursor.from - this.#step), until: cursor.from, end }
      : { from: cursor.to, until: end, end }
    if (this.#reachedEnd && range.from >= range.until) return undefined

    const reader = new RangeReader(log, partition, range, this.#reachedEnd ? -1 : cursor.leaderEpoch)
    this.ranges.push(reader)
    return reader
  }

  /** As many offsets as `stepBytes` holds at the density of the last step, with a limit on the growth. */
  #stepAfter({ from, until, bytes }: RangeReader): number {
    const offsets = until - from
    const perByte = offsets / Math.max(bytes, 1)
    return Math.ceil(Math.min(perByte * this.#to.stepBytes, offsets * FASTEST_GROWTH))
  }
}

function nothingRead({ start, end, firstStep }: PartitionToRead) {
  const tail = Math.max(start, end - firstStep)
  return { leaderEpoch: -1, from: tail, to: tail, unreadableTo: 0 }
}
