import { groupPartition } from '../../core/group-partition.ts'
import { keyOf } from '../../core/model/topic-partition.ts'
import type { LoggedCommit } from '../../core/reading.ts'
import { OffsetKeys } from './offset-keys.ts'
import {
  type CommitValue,
  GROUP_METADATA,
  type GroupRecord,
  OFFSET_COMMIT,
  OLD_OFFSET_COMMIT,
  readCommitValue,
  readGroupValue,
} from './offset-records.ts'
import { OffsetRows } from './offset-rows.ts'
import type { LogRecord } from './record-batch.ts'

/** A group's tombstone keeps `since`: the time when the group became empty explains why its offsets were deleted. */
const tombstoneAfter = (last: GroupRecord | null): GroupRecord => ({
  state: 'tombstone',
  since: last?.state === 'empty' || last?.state === 'tombstone' ? last.since : -1,
})

/** The records of one group in the log. */
export interface LoggedGroup {
  /** Partition of `__consumer_offsets`. */
  home: number
  /** The last GroupMetadata record of a classic group. */
  record: (LoggedRecord & LogLocation) | null
  /** By `keyOf`. */
  commits: ReadonlyMap<string, LoggedCommit & LogLocation>
}

export interface LoggedRecord extends GroupRecord {
  /** Time of the record, ms since the epoch. */
  at: number
  /** Offset in the log. */
  logOffset: number
}

/** Position of a record in the log, and how reliable the record is. */
export interface LogLocation {
  logOffset: number
  /** True if a later record of the same key may not have been read. */
  uncertain: boolean
  /**
   * True if the record is before everything that earlier runs have read. A later record of the same key from those runs
   * then wins.
   */
  older: boolean
}

/** Two offsets in the log of one partition, which follow from the part of the log that was read. */
export interface Limits {
  /** Records before this offset may have a later record of the same key that was not read. */
  uncertain: number
  /** The first offset that earlier runs have read; 0 if there are none. */
  older: number
}

/** State of one group, by the number of its name. */
interface Group {
  home: number
  record: LoggedRecord | null
  /** Offset of the group's last record that could not be decoded. */
  unreadable: number
}

/** A commit in another partition than the one that Kafka's hash gives. */
interface Stray {
  /** Partition of `__consumer_offsets`. */
  place: number
  /** Offset in the log. */
  logOffset: number
  /** Null for a tombstone, and for a value that cannot be decoded. */
  offset: bigint | null
}

/**
 * Collects the last records of each group, topic and partition from `__consumer_offsets`. The memory for the records
 * grows with the number of keys, not with the length of the log. Each range of a partition is read forward, but ranges
 * may come in any order: the record with the higher offset wins.
 */
export class OffsetLog {
  readonly #partitions: number
  readonly #keys = new OffsetKeys()
  readonly #rows = new OffsetRows()
  readonly #groups: Group[] = []
  /** By row: offset of the last record that could not be decoded. */
  readonly #unreadable = new Map<number, number>()
  readonly #limits = new Map<number, Limits>()
  /** By row: the last commit in another partition than the one that Kafka's hash gives. */
  readonly #strays = new Map<number, Stray>()

  readonly #value: CommitValue = {
    offsetAt: 0,
    leaderEpoch: -1,
    metadata: '',
    committedAt: 0,
    expiresAt: -1,
    topicIdAt: -1,
  }

  /** @param partitions of `__consumer_offsets` */
  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** The number of known offsets, including deleted ones. */
  get size(): number {
    return this.#keys.length
  }

  /**
   * @param partition of `__consumer_offsets`
   * @param markedAt for a record in a transaction, the offset of the marker that commits it
   * @throws Undecodable
   */
  fold(partition: number, record: LogRecord, markedAt = record.offset): void {
    const { bytes, keyFrom, keyTo } = record
    if (keyFrom < 0) bytes.fail('a record has no key')
    bytes.set(keyFrom, keyTo)

    const type = bytes.int16()
    if (type === OFFSET_COMMIT || type === OLD_OFFSET_COMMIT) this.#foldCommit(partition, record, markedAt)
    else if (type === GROUP_METADATA) this.#foldGroup(partition, record)
  }

  /** Sets the limits of a `__consumer_offsets` partition, which follow from the part that was read. */
  limit(partition: number, limits: Limits): void {
    this.#limits.set(partition, limits)
  }

  group(name: string): LoggedGroup | undefined {
    const number = this.#keys.groups.numberOf(name)
    if (number === undefined) return undefined

    const { home, record, unreadable } = this.#groupAt(number)
    const commits = new Map<string, LoggedCommit & LogLocation>()
    for (const row of this.#keys.rowsOf(number)) {
      const logged = this.#rows.at(row)
      const place = this.#place(home, logged.logOffset, this.#unreadable.get(row))
      commits.set(keyOf(this.#keys.at(row)), { ...logged, ...place })
    }
    return {
      home,
      record: record && { ...record, ...this.#place(home, record.logOffset, unreadable) },
      commits,
    }
  }

  /**
   * Offsets by `keyOf` whose last commit is in another partition than the one that Kafka's hash gives. Such a commit
   * was placed by another number of partitions, or by a server with another hash.
   */
  straysOf(name: string): Map<string, { place: number; offset: bigint }> {
    const strays = new Map<string, { place: number; offset: bigint }>()
    const number = this.#keys.groups.numberOf(name)
    if (this.#strays.size === 0 || number === undefined) return strays
    for (const row of this.#keys.rowsOf(number)) {
      const { place = -1, offset = null } = this.#strays.get(row) ?? {}
      if (offset !== null) strays.set(keyOf(this.#keys.at(row)), { place, offset })
    }
    return strays
  }

  get hasStrays(): boolean {
    return this.#strays.size > 0
  }

  groupNames(): readonly string[] {
    return this.#keys.groups.all()
  }

  #place(home: number, logOffset: number, unreadable = -1): LogLocation {
    const limits = this.#limits.get(home)
    return {
      logOffset,
      uncertain: limits === undefined || logOffset < limits.uncertain || logOffset < unreadable,
      older: limits !== undefined && logOffset < limits.older,
    }
  }

  #foldCommit(partition: number, record: LogRecord, markedAt: number): void {
    const { bytes, offset, timestamp, valueFrom, valueTo } = record
    const row = this.#keys.row(bytes)
    if (this.#groupAt(this.#keys.groupOf(row)).home !== partition) {
      this.#foldStray(partition, row, record)
      return
    }

    if (valueFrom < 0) {
      this.#rows.end(row, offset, timestamp, { negative: false })
      return
    }
    bytes.set(valueFrom, valueTo)
    try {
      readCommitValue(bytes, this.#value)
    } catch (error) {
      this.#unreadable.set(row, Math.max(offset, this.#unreadable.get(row) ?? -1))
      throw error
    }
    if (bytes.int32At(this.#value.offsetAt) < 0)
      this.#rows.end(row, offset, this.#value.committedAt, { negative: true })
    else this.#rows.commit(row, offset, markedAt, this.#value, bytes)
  }

  #foldStray(place: number, row: number, record: LogRecord): void {
    const { bytes, offset: logOffset, valueFrom, valueTo } = record
    if (logOffset < (this.#strays.get(row)?.logOffset ?? -1)) return
    const stray: Stray = { place, logOffset, offset: null }
    this.#strays.set(row, stray)
    if (valueFrom < 0) return
    bytes.set(valueFrom, valueTo)
    readCommitValue(bytes, this.#value)
    stray.offset = bytes.view.getBigInt64(this.#value.offsetAt)
  }

  #foldGroup(partition: number, record: LogRecord): void {
    const { bytes, offset, timestamp, valueFrom, valueTo } = record
    const from = bytes.skip(bytes.int16())
    const group = this.#groupAt(this.#keys.groups.number(bytes, from, bytes.at))
    bytes.done()
    if (group.home !== partition || offset <= (group.record?.logOffset ?? -1)) return

    bytes.set(valueFrom, valueTo)
    try {
      const read = valueFrom < 0 ? tombstoneAfter(group.record) : readGroupValue(bytes)
      group.record = { ...read, at: timestamp, logOffset: offset }
    } catch (error) {
      group.unreadable = Math.max(offset, group.unreadable)
      throw error
    }
  }

  #groupAt(number: number): Group {
    const known = this.#groups[number]
    if (known) return known
    const home = groupPartition(this.#keys.groups.text(number), this.#partitions)
    const group: Group = { home, record: null, unreadable: -1 }
    this.#groups[number] = group
    return group
  }
}
