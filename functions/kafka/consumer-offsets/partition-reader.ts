import type { Fetched, FetchedFrom } from '../protocol/messages/fetch.ts'
import type { OffsetLog } from './offset-log.ts'
import { type OpenTransaction, RangeReader } from './range-reader.ts'

/**
 * How far one partition of `__consumer_offsets` has been read, as it is kept from run to run. Offsets of the log are
 * numbers, as it does not reach 2^53.
 */
export interface OffsetCursor {
  partition: number
  /** Another one is another topic. Null where the broker is too old to tell. */
  topicId: string | null
  /** Of the last batch read, by which a log that was cut and written anew is known; −1 where none was read. */
  leaderEpoch: number
  /** [from, to) has been read. */
  from: number
  to: number
  /** Offset after the last batch that could not be read; 0 where all could. */
  unreadableTo: number
}

/** What may be said of the groups of one partition. */
export interface PartitionReading {
  /** The log was read to the end given, so that the last record found of a key is the last there is. */
  reachedEnd: boolean
  /** All of the log was read, in this run and in those before. */
  caughtUp: boolean
  /** Reading went on where the cursor given ended, and passed over nothing. */
  unbroken: boolean
}

export interface PartitionToRead {
  partition: number
  topicId: string | null
  /** Where the log starts and ends. */
  start: number
  end: number
  /** Offsets of the first step, when nothing is known of the log. */
  firstStep: number
  /** About how many bytes to read in each further one; a step that is interrupted is lost. */
  stepBytes: number
}

const FASTEST_GROWTH = 8

/**
 * Reads one partition, the newest part first. First what is new since the cursor or, where there is none, the last
 * `firstStep` offsets; then back to the log's start, step by step. Each step is read forward, as it has to be.
 *
 * So what has been read is at each moment one range up to the log's end. The last record of a key that is found in it is
 * the key's last, and its time is exact long before the whole log has been read. What is not found in it is older.
 */
export class PartitionReader {
  readonly partition: number
  /** As of now. */
  readonly cursor: OffsetCursor
  readonly ranges: RangeReader[] = []
  /** Answers in a row in which it came first and got nothing. */
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

  /** Offsets that are still to be read. */
  get remaining(): number {
    const ahead = this.#reachedEnd ? 0 : this.#to.end - this.cursor.to
    return ahead + this.cursor.from - this.#to.start
  }

  /** What the cursor cannot pass: the first transaction that has begun in what was read, and has no end in the log. */
  get openTransaction(): OpenTransaction | undefined {
    const open = this.ranges.flatMap(range => (range.isDone && range.firstOpen) || [])
    return open.sort((a, b) => a.from - b.from)[0]
  }

  /** What to fetch next, or undefined when all has been read. */
  get next(): FetchedFrom | undefined {
    const { partition } = this
    const range = this.#range
    return range && { partition, offset: range.next, leaderEpoch: range.leaderEpoch }
  }

  /**
   * @param isFirst of those asked for in one request: it is sent one whole batch at least
   */
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

  /** What is known now, for the log and for whoever asks it. */
  conclude(): PartitionReading {
    const { cursor } = this
    const [reachedEnd, unbroken] = [this.#reachedEnd, this.#unbroken]
    this.#log.limit(this.partition, {
      uncertain: Math.max(cursor.from, cursor.unreadableTo),
      older: this.#older,
    })
    return { reachedEnd, unbroken, caughtUp: this.remaining === 0 }
  }

  /** The log is another one than the cursor was taken of. @returns false where that was said before */
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

  /** Takes over what the range has read and, where that is done, begins the next one. */
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
        // A transaction that began in this step is open still: the next run begins there.
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

  /** As many offsets as would have had `stepBytes` in the last step, but not all too many more than that had. */
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
