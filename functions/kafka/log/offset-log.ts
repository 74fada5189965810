import { logKey } from '../../core/logged.ts'
import type { LoggedCommit } from '../../core/reading.ts'
import { ByteStrings } from './byte-strings.ts'
import { type Bytes, utf8 } from './bytes.ts'
import { groupPartition } from './group-partition.ts'
import {
  type CommitKey,
  type CommitValue,
  GROUP_METADATA,
  type GroupRecord,
  OFFSET_COMMIT,
  OLD_OFFSET_COMMIT,
  readCommitKey,
  readCommitValue,
  readGroupValue,
} from './offset-records.ts'
import { OffsetRows } from './offset-rows.ts'
import type { LogRecord } from './record-batch.ts'

/** What has been read of one group. */
export interface LoggedGroup {
  /** Partition of `__consumer_offsets`. */
  home: number
  /** Its own last record, of a classic group. */
  record: (LoggedRecord & Place) | null
  /** By `logKey`. */
  commits: ReadonlyMap<string, LoggedCommit & Place>
}

export interface LoggedRecord extends GroupRecord {
  /** ms since the epoch, when it was written. */
  at: number
  /** Offset in the log. */
  position: number
}

/** Where something stands in the log, and what follows from that. */
export interface Place {
  position: number
  /** A later record of the same key may not have been read. */
  uncertain: boolean
  /** It lies below all that was read before this run: where a later record was found then, that one counts. */
  older: boolean
}

/** Below an offset of the log something holds, by partition. */
export interface Limits {
  /** Later records may not have been read. */
  uncertain: number
  /** Earlier runs had begun to read from here. */
  older: number
}

interface Group {
  name: string
  home: number
  rows: number[]
  record: LoggedRecord | null
  /** Offset of its last record that could not be decoded. */
  unreadable: number
}

interface Key {
  group: Group
  topic: string
  partition: number
}

/**
 * What the records of `__consumer_offsets` say of each group, topic and partition. It grows with these, not with the
 * log. Ranges of a partition may be folded in any order, each of them forward: what stands later in the log wins.
 */
export class OffsetLog {
  private readonly partitions: number
  private readonly groups = new Map<string, Group>()
  private readonly topics = new Map<string, string>()
  /** Of commits, without their type: each one's number is its index in `keyed` and its row in `rows`. */
  private readonly keys = new ByteStrings()
  private readonly keyed: Key[] = []
  private readonly rows = new OffsetRows()
  /** By row: offset of the last record that could not be decoded. */
  private readonly unreadable = new Map<number, number>()
  private readonly limits = new Map<number, Limits>()

  private readonly value: CommitValue = {
    offset: 0n,
    leaderEpoch: -1,
    metadata: '',
    committedAt: 0,
    expiresAt: -1,
    topicIdAt: -1,
  }

  /** @param partitions of `__consumer_offsets` */
  constructor(partitions: number) {
    this.partitions = partitions
  }

  /** How many offsets it knows of, deleted ones too. */
  get size(): number {
    return this.keyed.length
  }

  /**
   * @param partition of `__consumer_offsets`
   * @param markedAt of a record in a transaction: where the marker stands that commits it
   * @throws Undecodable
   */
  fold(partition: number, record: LogRecord, markedAt = record.offset): void {
    const { bytes, keyFrom, keyTo } = record
    if (keyFrom < 0) bytes.fail('a record has no key')
    bytes.set(keyFrom, keyTo)

    const type = bytes.int16()
    if (type === OFFSET_COMMIT || type === OLD_OFFSET_COMMIT) this.foldCommit(partition, record, markedAt)
    else if (type === GROUP_METADATA) this.foldGroup(partition, record)
  }

  /** Says what may be concluded from what was read of a partition of `__consumer_offsets`. */
  limit(partition: number, limits: Limits): void {
    this.limits.set(partition, limits)
  }

  group(name: string): LoggedGroup | undefined {
    const group = this.groups.get(name)
    if (group === undefined) return undefined

    const commits = new Map<string, LoggedCommit & Place>()
    for (const row of group.rows) {
      const key = this.keyed[row]
      if (key === undefined) continue
      const logged = this.rows.at(row)
      commits.set(logKey(key), { ...logged, ...this.place(group, logged.position, this.unreadable.get(row)) })
    }
    const { home, record, unreadable } = group
    return {
      home,
      record: record && { ...record, ...this.place(group, record.position, unreadable) },
      commits,
    }
  }

  groupNames(): Iterable<string> {
    return this.groups.keys()
  }

  private place({ home }: Group, position: number, unreadable = -1): Place {
    const limits = this.limits.get(home)
    return {
      position,
      uncertain: limits === undefined || position < limits.uncertain || position < unreadable,
      older: limits !== undefined && position < limits.older,
    }
  }

  private foldCommit(partition: number, record: LogRecord, markedAt: number): void {
    const { bytes, offset, timestamp, valueFrom, valueTo } = record
    const row = this.rowOf(bytes)
    if (this.keyed[row]?.group.home !== partition) return

    if (valueFrom < 0) {
      this.rows.delete(row, offset, timestamp)
      return
    }
    bytes.set(valueFrom, valueTo)
    try {
      readCommitValue(bytes, this.value)
    } catch (error) {
      this.unreadable.set(row, Math.max(offset, this.unreadable.get(row) ?? -1))
      throw error
    }
    this.rows.commit(row, offset, markedAt, this.value, bytes)
  }

  private foldGroup(partition: number, record: LogRecord): void {
    const { bytes, offset, timestamp, valueFrom, valueTo } = record
    const from = bytes.skip(bytes.int16())
    const group = this.groupOf(utf8(bytes.buffer, from, bytes.at))
    bytes.done()
    if (group.home !== partition || offset <= (group.record?.position ?? -1)) return

    bytes.set(valueFrom, valueTo)
    try {
      const read: GroupRecord = valueFrom < 0 ? { state: 'tombstone', since: -1 } : readGroupValue(bytes)
      group.record = { ...read, at: timestamp, position: offset }
    } catch (error) {
      group.unreadable = Math.max(offset, group.unreadable)
      throw error
    }
  }

  /** The row of the key that follows in `bytes`. */
  private rowOf(bytes: Bytes): number {
    const { buffer, at, end } = bytes
    const known = this.keys.find(buffer, at, end)
    return known < 0 ? this.addRow(bytes, readCommitKey(bytes), at, end) : known
  }

  private addRow({ buffer }: Bytes, key: CommitKey, at: number, end: number): number {
    const group = this.groupOf(utf8(buffer, key.groupFrom, key.groupTo))
    const name = utf8(buffer, key.topicFrom, key.topicTo)
    const topic = this.topics.get(name) ?? name
    this.topics.set(topic, topic)

    this.keys.add(buffer, at, end)
    this.keyed.push({ group, topic, partition: key.partition })
    const row = this.rows.add()
    group.rows.push(row)
    return row
  }

  private groupOf(name: string): Group {
    const known = this.groups.get(name)
    if (known) return known
    const home = groupPartition(name, this.partitions)
    const group: Group = { name, home, rows: [], record: null, unreadable: -1 }
    this.groups.set(name, group)
    return group
  }
}
