import type {
  Bounds,
  Commit,
  Evidence,
  Gone,
  GroupKind,
  LastMember,
  Logged,
  OutsideCommits,
  PreviousCommit,
  Rule,
} from '../model/commit.ts'
import type { LostRecords, RecordsEvidence, RetentionSetBy, UnreadRecords } from '../model/unread-records.ts'
import {
  type Cells,
  type ColumnName,
  type Columns,
  columnNames,
  NULL_INT32,
  NULL_INT64,
  schema,
} from './schema.ts'

/** Turns a column's stand-in for null back into null. */
const int32 = (v: number | undefined): number | null => (v === undefined || v === NULL_INT32 ? null : v)
const int64 = (v: bigint | undefined): bigint | null => (v === undefined || v === NULL_INT64 ? null : v)
const time = (v: number | undefined): number | null => (v === undefined || Number.isNaN(v) ? null : v)
const bounds = (min: number | undefined, max: number | undefined): Bounds | null => {
  const latest = time(max)
  return latest === null ? null : { earliest: time(min), latest }
}

interface MissingColumn {
  name: ColumnName
  value: (commit: Commit) => unknown
}

/** Columns without rows, which all tables share. */
const unallocated: Record<string, Cells> = Object.fromEntries(
  columnNames.map(name => [name, schema[name].open(0).cells]),
)

/**
 * All commits of a snapshot, in columns. The rules read one commit at a time, as a short-lived object. Parquet is
 * written from these arrays and read into them. Rows are sorted by group, topic and partition. A column of nulls is not
 * allocated, which saves a third of the memory.
 */
export class CommitTable {
  length = 0
  readonly columns: Columns
  readonly #capacity: number
  /** One writer for each allocated column. */
  readonly #writers: ((row: number, commit: Commit) => void)[] = []
  /** Nullable columns that are not allocated, since all values so far are null. */
  #missing: MissingColumn[] = []

  /** A table with room for `capacity` rows. Callers must not push more. */
  private constructor(capacity: number) {
    this.#capacity = capacity
    const columns = columnNames.map(name => {
      const { type, value, open } = schema[name]
      if (type.endsWith('?')) {
        this.#missing.push({ name, value })
        return [name, unallocated[name]]
      }
      const { cells, write } = open(capacity)
      this.#writers.push(write)
      return [name, cells]
    })
    this.columns = Object.fromEntries(columns)
  }

  static empty(capacity: number): CommitTable {
    return new CommitTable(capacity)
  }

  static from(commits: readonly Commit[]): CommitTable {
    const table = CommitTable.empty(commits.length)
    for (const commit of commits) table.push(commit)
    return table
  }

  /** Allocates nullable columns that have been all null so far. */
  hold(...names: ColumnName[]): void {
    for (const name of names) {
      if (this.columns[name].length > 0) continue
      const { cells, write } = schema[name].open(this.#capacity, this.length)
      Object.assign(this.columns, { [name]: cells })
      this.#writers.push(write)
      this.#missing = this.#missing.filter(column => column.name !== name)
    }
  }

  push(commit: Commit): void {
    for (const { name, value } of this.#missing) if ((value(commit) ?? null) !== null) this.hold(name)
    const row = this.length++
    for (const write of this.#writers) write(row, commit)
  }

  /** Row i, 0 ≤ i < length. */
  at(i: number): Commit {
    const c = this.columns
    const [group, topic, partition] = [c.group_id.get(i), c.topic.get(i), c.partition_index[i]]
    if (group === null || topic === null || partition === undefined) {
      throw new RangeError(`row ${i} is outside a table of ${this.length} rows`)
    }
    const seenAt = time(c.seen_at[i]) ?? 0
    return {
      group,
      topic,
      partition,
      topicId: c.topic_id.get(i),
      kind: (c.group_kind.get(i) ?? 'unknown') as GroupKind,
      state: c.group_state.get(i) ?? 'Unknown',
      coordinator: c.coordinator[i] ?? -1,
      offset: c.committed_offset[i] ?? 0n,
      leaderEpoch: int32(c.leader_epoch[i]),
      metadata: c.metadata.get(i),
      logStart: int64(c.log_start[i]),
      logEnd: int64(c.log_end[i]),
      rule: (c.rule.get(i) ?? 'unknown') as Rule,
      evidence: (c.evidence.get(i) ?? 'unknown') as Evidence,
      clockStart: bounds(c.clock_start_min[i], c.clock_start_max[i]),
      expiresAt: time(c.expires_at[i]),
      deadline: bounds(c.deadline_min[i], c.deadline_max[i]),
      ifStopped: bounds(c.if_stopped_min[i], c.if_stopped_max[i]),
      firstSeenAt: time(c.first_seen_at[i]) ?? seenAt,
      valueSeenAt: time(c.value_seen_at[i]) ?? seenAt,
      seenFrom: time(c.seen_from[i]) ?? seenAt,
      seenAt,
      committed: bounds(c.committed_min[i], c.committed_max[i]) ?? { earliest: null, latest: seenAt },
      emptySince: bounds(c.empty_since_min[i], c.empty_since_max[i]),
      outsideCommits: this.#outsideCommits(i),
      pendingSince: bounds(c.pending_since_min[i], c.pending_since_max[i]),
      runningFrom: time(c.running_from[i]),
      renewedAt: time(c.renewed_at[i]),
      logged: this.#logged(i),
      loggedEmptySince: time(c.logged_empty_since[i]),
      gone: this.#gone(i),
      previousCommit: this.#before(i),
      unread: this.#unread(i),
      lostRecords: this.#lostRecords(i),
      lastMember: this.#lastMember(i),
    }
  }

  /** The part of row i about unread records. */
  unreadAt(i: number): Pick<Commit, 'offset' | 'logStart' | 'logEnd' | 'unread' | 'seenFrom'> {
    const { committed_offset, log_start, log_end, seen_from } = this.columns
    return {
      offset: committed_offset[i] ?? 0n,
      logStart: int64(log_start[i]),
      logEnd: int64(log_end[i]),
      unread: this.#unread(i),
      seenFrom: time(seen_from[i]) ?? 0,
    }
  }

  *[Symbol.iterator](): Generator<Commit> {
    for (let i = 0; i < this.length; i++) yield this.at(i)
  }

  #outsideCommits(i: number): OutsideCommits | null {
    const { outside_commit_first, outside_commit_last } = this.columns
    const [first, last] = [time(outside_commit_first[i]), time(outside_commit_last[i])]
    return first === null || last === null ? null : { first, last }
  }

  #logged(i: number): Logged | null {
    const c = this.columns
    const [offset, at] = [int64(c.logged_offset[i]), time(c.logged_at[i])]
    if (offset === null || at === null) return null
    const logOffset = int64(c.logged_position[i])
    return {
      offset,
      at,
      expiresAt: time(c.logged_expires_at[i]),
      logOffset: logOffset === null ? null : Number(logOffset),
    }
  }

  #gone(i: number): Gone | null {
    const c = this.columns
    const latest = time(c.gone_max[i])
    if (latest === null) return null
    const reason = (c.gone_reason.get(i) ?? 'unknown') as Gone['reason']
    return { reason, earliest: time(c.gone_min[i]) ?? 0, latest }
  }

  #before(i: number): PreviousCommit | null {
    const c = this.columns
    const [offset, resetTo] = [int64(c.before_offset[i]), int64(c.reset_to[i])]
    if (offset === null) return null
    return {
      offset,
      topicId: c.before_topic_id.get(i),
      leaderEpoch: int32(c.before_leader_epoch[i]),
      metadata: c.before_metadata.get(i),
      seenAt: time(c.before_seen_at[i]) ?? 0,
      reason: (c.before_reason.get(i) ?? 'unknown') as PreviousCommit['reason'],
      lostBy: time(c.lost_by[i]) ?? 0,
      resetTo: resetTo ?? offset,
      foundInState: c.lost_by_state.get(i),
    }
  }

  #unread(i: number): UnreadRecords | null {
    const c = this.columns
    const [atMost, retention] = [int64(c.unread_at_most[i]), int64(c.records_retention_ms[i])]
    if (atMost === null) return null
    return {
      atMost,
      evidence: (c.records_evidence.get(i) ?? 'unknown') as RecordsEvidence,
      retention: retention === null ? null : Number(retention),
      retentionSetBy: c.records_retention_set_by.get(i) as RetentionSetBy | null,
      earliest: time(c.records_deadline_min[i]),
      latest: time(c.records_deadline_max[i]),
      readTo: time(c.records_read_to[i]),
      notGrown: int32(c.records_not_grown[i]) ?? 0,
    }
  }

  #lostRecords(i: number): LostRecords | null {
    const c = this.columns
    const [atMost, upTo] = [int64(c.records_lost[i]), int64(c.records_lost_up_to[i])]
    return atMost === null || upTo === null ? null : { atMost, upTo, lastAt: time(c.records_lost_at[i]) ?? 0 }
  }

  #lastMember(i: number): LastMember | null {
    const c = this.columns
    const [clientId, host, seenAt] = [
      c.member_client_id.get(i),
      c.member_host.get(i),
      time(c.member_seen_at[i]),
    ]
    return clientId === null || host === null || seenAt === null ? null : { clientId, host, seenAt }
  }
}
