import type { LoggedOffset } from '../../core/reading.ts'
import type { Reader } from '../protocol/reader.ts'
import { doubled } from './columns.ts'
import { CommitColumns } from './commit-columns.ts'
import type { CommitValue } from './offset-records.ts'

const NONE = -1

/** The last records of one key. */
export interface OffsetRow {
  /** Null if the last record is a tombstone. */
  last: LoggedOffset | null
  /** Time of the last tombstone, ms since the epoch; the commit of a negative offset counts as one. */
  tombstoneAt: number | null
  /** True if that tombstone is the commit of a negative offset. */
  negative: boolean
  /** The last commit before that tombstone. */
  before: LoggedOffset | null
  /** Position of the last record in the log. */
  logOffset: number
}

/**
 * The history of each committed offset, in columns: its last commit, its last tombstone, and the last commit before
 * that tombstone. Records may come in any order. But a tombstone is ignored if a commit that is later in the log was
 * added first.
 */
export class OffsetRows {
  readonly #commits = new CommitColumns()
  /** By row: numbers of commits in `#commits`, or NONE. */
  #last = new Int32Array(1024).fill(NONE)
  #before = new Int32Array(1024).fill(NONE)
  #tombstone = new Float64Array(1024).fill(NONE)
  #tombstoneAt = new Float64Array(1024)
  /** Rows whose last tombstone is the commit of a negative offset. */
  readonly #negative = new Set<number>()
  /**
   * By row: position of the last commit's own record, if a tombstone lies between that record and its transaction's
   * marker.
   */
  readonly #backFrom = new Map<number, number>()

  /**
   * @param at position in the log
   * @param markedAt position of the marker that commits the record's transaction, else the same as `at`
   * @param bytes the bytes that `value` was read from
   */
  commit(row: number, at: number, markedAt: number, value: CommitValue, bytes: Reader): void {
    this.#reserve(row)
    const last = this.#last[row] ?? NONE
    const before = this.#before[row] ?? NONE
    const lastAt = this.#logOffsetOf(last)
    const tombstone = this.#tombstone[row] ?? NONE
    // The commit that is later in the log counts. Kafka's old group coordinator may delete an offset while a
    // transactional commit of it is pending; the transaction's commit brings it back.
    const isDeleted = tombstone > lastAt && !this.#negative.has(row)
    const isBack = tombstone > at && tombstone < markedAt && !this.#negative.has(row)
    const logOffset = isBack ? markedAt : at

    if (isDeleted ? logOffset > lastAt : at > (this.#backFrom.get(row) ?? lastAt)) {
      if (isBack) this.#backFrom.set(row, at)
      else this.#backFrom.delete(row)
      const endsLoss = last !== NONE && lastAt < tombstone && tombstone < logOffset
      if (endsLoss) this.#before[row] = last
      const free = endsLoss ? before : last
      this.#last[row] = this.#commits.set(free, logOffset, value, bytes)
    } else if (logOffset < tombstone && tombstone < lastAt && logOffset > this.#logOffsetOf(before)) {
      this.#before[row] = this.#commits.set(before, logOffset, value, bytes)
    }
  }

  /**
   * Adds a tombstone, or the commit of a negative offset. If several tombstones follow each other without a commit, the
   * first one ended the offset.
   * @param time of the record, ms since the epoch
   */
  end(row: number, at: number, time: number, { negative }: Pick<OffsetRow, 'negative'>): void {
    this.#reserve(row)
    const [lastAt, tombstone] = [this.#logOffsetOf(this.#last[row] ?? NONE), this.#tombstone[row] ?? NONE]
    if (at <= tombstone || at < lastAt) return
    this.#tombstone[row] = at
    if (tombstone > lastAt) return
    this.#tombstoneAt[row] = time
    if (negative) this.#negative.add(row)
    else this.#negative.delete(row)
  }

  at(row: number): OffsetRow {
    const [last, before] = [this.#last[row] ?? NONE, this.#before[row] ?? NONE]
    const [lastAt, tombstone] = [this.#logOffsetOf(last), this.#tombstone[row] ?? NONE]
    const isDeleted = tombstone > lastAt
    const lost = isDeleted ? last : before

    return {
      last: isDeleted || last === NONE ? null : this.#commits.at(last),
      tombstoneAt: tombstone === NONE ? null : (this.#tombstoneAt[row] ?? 0),
      negative: this.#negative.has(row),
      before: lost === NONE ? null : this.#commits.at(lost),
      logOffset: Math.max(lastAt, tombstone),
    }
  }

  #reserve(row: number): void {
    const { length } = this.#last
    if (row < length) return
    this.#last = doubled(this.#last).fill(NONE, length)
    this.#before = doubled(this.#before).fill(NONE, length)
    this.#tombstone = doubled(this.#tombstone).fill(NONE, length)
    this.#tombstoneAt = doubled(this.#tombstoneAt)
    this.#reserve(row)
  }

  #logOffsetOf(commit: number): number {
    return commit === NONE ? NONE : (this.#commits.logOffset[commit] ?? NONE)
  }
}
