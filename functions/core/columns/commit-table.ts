import {
  type Bounds,
  beforeReasons,
  type Commit,
  type Evidence,
  evidences,
  type Gone,
  type GroupKind,
  goneReasons,
  groupKinds,
  type LastMember,
  type Logged,
  type OutsideCommits,
  type PreviousCommit,
  type Rule,
  rules,
} from '../model/commit.ts'
import {
  type LostRecords,
  type RecordsEvidence,
  recordsEvidences,
  type UnreadRecords,
} from '../model/unread-records.ts'
import { StringColumn } from './string-column.ts'

/**
 * The columns of a snapshot as they are stored; `?` marks those that may be null. Additions only: files of every age
 * stay readable, and a column that an older file lacks reads as null.
 */
export const schema = {
  group_id: 'string',
  topic: 'string',
  partition_index: 'int32',
  topic_id: 'string?',
  group_kind: 'string',
  group_state: 'string',
  coordinator: 'int32',
  committed_offset: 'int64',
  leader_epoch: 'int32?',
  metadata: 'string?',
  log_start: 'int64?',
  log_end: 'int64?',
  rule: 'string',
  evidence: 'string',
  clock_start_min: 'time?',
  clock_start_max: 'time?',
  expires_at: 'time?',
  deadline_min: 'time?',
  deadline_max: 'time?',
  if_stopped_min: 'time?',
  if_stopped_max: 'time?',
  first_seen_at: 'time',
  value_seen_at: 'time',
  seen_from: 'time',
  seen_at: 'time',
  committed_min: 'time?',
  committed_max: 'time',
  empty_since_min: 'time?',
  empty_since_max: 'time?',
  outside_commit_first: 'time?',
  outside_commit_last: 'time?',
  pending_since_min: 'time?',
  pending_since_max: 'time?',
  running_from: 'time?',
  renewed_at: 'time?',
  logged_offset: 'int64?',
  logged_at: 'time?',
  logged_expires_at: 'time?',
  logged_position: 'int64?',
  logged_empty_since: 'time?',
  gone_reason: 'string?',
  gone_min: 'time?',
  gone_max: 'time?',
  before_offset: 'int64?',
  before_topic_id: 'string?',
  before_leader_epoch: 'int32?',
  before_metadata: 'string?',
  before_seen_at: 'time?',
  before_reason: 'string?',
  lost_by: 'time?',
  reset_to: 'int64?',
  unread_at_most: 'int64?',
  records_evidence: 'string?',
  records_retention_ms: 'int64?',
  records_deadline_min: 'time?',
  records_deadline_max: 'time?',
  records_lost: 'int64?',
  records_lost_up_to: 'int64?',
  records_lost_at: 'time?',
  member_client_id: 'string?',
  member_host: 'string?',
  member_seen_at: 'time?',
} as const

/** The columns that hold values of a closed list. */
export const closedLists: Partial<Record<ColumnName, readonly string[]>> = {
  group_kind: groupKinds,
  rule: rules,
  evidence: evidences,
  gone_reason: goneReasons,
  before_reason: beforeReasons,
  records_evidence: recordsEvidences,
}

export type ColumnName = keyof typeof schema
export type ColumnType = (typeof schema)[ColumnName]
export type Column<T extends ColumnType = ColumnType> = T extends 'string' | 'string?'
  ? StringColumn
  : T extends 'int32' | 'int32?'
    ? Int32Array
    : T extends 'int64' | 'int64?'
      ? BigInt64Array
      : Float64Array
export type Columns = { [K in ColumnName]: Column<(typeof schema)[K]> }

/** What stands for null in a typed column. Kafka itself says −1 for "no leader epoch". */
export const NULL_INT32 = -1
export const NULL_INT64 = -(2n ** 63n)
export const NULL_TIME = Number.NaN

/** Null in the words of the model, from what a column holds. */
const int32 = (v: number | undefined): number | null => (v === undefined || v === NULL_INT32 ? null : v)
const int64 = (v: bigint | undefined): bigint | null => (v === undefined || v === NULL_INT64 ? null : v)
const int64Of = (v: number | null | undefined): bigint => (v == null ? NULL_INT64 : BigInt(v))
const time = (v: number | undefined): number | null => (v === undefined || Number.isNaN(v) ? null : v)
const bounds = (min: number | undefined, max: number | undefined): Bounds | null => {
  const latest = time(max)
  return latest === null ? null : { earliest: time(min), latest }
}

/** The columns that hold each part of a commit that may be missing. */
const optional = {
  topicId: ['topic_id'],
  leaderEpoch: ['leader_epoch'],
  metadata: ['metadata'],
  logStart: ['log_start'],
  logEnd: ['log_end'],
  clockStart: ['clock_start_min', 'clock_start_max'],
  expiresAt: ['expires_at'],
  deadline: ['deadline_min', 'deadline_max'],
  ifStopped: ['if_stopped_min', 'if_stopped_max'],
  committed: ['committed_min'],
  emptySince: ['empty_since_min', 'empty_since_max'],
  outsideCommits: ['outside_commit_first', 'outside_commit_last'],
  pendingSince: ['pending_since_min', 'pending_since_max'],
  runningFrom: ['running_from'],
  renewedAt: ['renewed_at'],
  logged: ['logged_offset', 'logged_at', 'logged_expires_at', 'logged_position'],
  loggedEmptySince: ['logged_empty_since'],
  gone: ['gone_reason', 'gone_min', 'gone_max'],
  before: [
    'before_offset',
    'before_topic_id',
    'before_leader_epoch',
    'before_metadata',
    'before_seen_at',
    'before_reason',
    'lost_by',
    'reset_to',
  ],
  unread: [
    'unread_at_most',
    'records_evidence',
    'records_retention_ms',
    'records_deadline_min',
    'records_deadline_max',
  ],
  lostRecords: ['records_lost', 'records_lost_up_to', 'records_lost_at'],
  lastMember: ['member_client_id', 'member_host', 'member_seen_at'],
} as const satisfies Partial<Record<keyof Commit, ColumnName[]>>

const isOptional = (part: string): part is keyof typeof optional => Object.hasOwn(optional, part)

/** Room for `capacity` values; those of the first `rows` are null. */
function column(type: ColumnType, capacity: number, rows = 0): Column {
  if (type.startsWith('string')) return new StringColumn(capacity, rows)
  if (type.startsWith('int32')) return new Int32Array(capacity).fill(NULL_INT32, 0, rows)
  if (type.startsWith('int64')) return new BigInt64Array(capacity).fill(NULL_INT64, 0, rows)
  return new Float64Array(capacity).fill(NULL_TIME, 0, rows)
}

/**
 * All commits of a snapshot, in columns: the rules read one commit at a time as an object that does not live long, and
 * Parquet is written from, and read into, these very arrays. Rows are sorted by group, topic and partition. A column
 * without any value is empty: that is a third of them, and of the memory.
 */
export class CommitTable {
  length = 0
  readonly columns: Columns
  readonly #capacity: number
  #missing = Object.keys(optional).filter(isOptional)

  /** A table with room for `capacity` rows; `push` beyond it is an error of the caller. */
  private constructor(capacity: number) {
    const columns = Object.entries(schema).map(([name, type]) => [
      name,
      column(type, type.endsWith('?') ? 0 : capacity),
    ])
    this.columns = Object.fromEntries(columns)
    this.#capacity = capacity
  }

  static empty(capacity: number): CommitTable {
    return new CommitTable(capacity)
  }

  /** Makes room in columns that may be null. */
  hold(names: readonly ColumnName[]): void {
    for (const name of names) {
      if (this.columns[name].length === 0)
        Object.assign(this.columns, { [name]: column(schema[name], this.#capacity, this.length) })
    }
  }

  static of(commits: readonly Commit[]): CommitTable {
    const table = CommitTable.empty(commits.length)
    for (const commit of commits) table.push(commit)
    return table
  }

  push(commit: Commit): void {
    for (const part of this.#missing) {
      if (commit[part] === null) continue
      this.hold(optional[part])
      this.#missing = this.#missing.filter(other => other !== part)
    }
    const c = this.columns
    const i = this.length++
    c.group_id.set(i, commit.group)
    c.topic.set(i, commit.topic)
    c.partition_index[i] = commit.partition
    c.topic_id.set(i, commit.topicId)
    c.group_kind.set(i, commit.kind)
    c.group_state.set(i, commit.state)
    c.coordinator[i] = commit.coordinator
    c.committed_offset[i] = commit.offset
    c.leader_epoch[i] = commit.leaderEpoch ?? NULL_INT32
    c.metadata.set(i, commit.metadata)
    c.log_start[i] = commit.logStart ?? NULL_INT64
    c.log_end[i] = commit.logEnd ?? NULL_INT64
    c.rule.set(i, commit.rule)
    c.evidence.set(i, commit.evidence)
    c.clock_start_min[i] = commit.clockStart?.earliest ?? NULL_TIME
    c.clock_start_max[i] = commit.clockStart?.latest ?? NULL_TIME
    c.expires_at[i] = commit.expiresAt ?? NULL_TIME
    c.deadline_min[i] = commit.deadline?.earliest ?? NULL_TIME
    c.deadline_max[i] = commit.deadline?.latest ?? NULL_TIME
    c.if_stopped_min[i] = commit.ifStopped?.earliest ?? NULL_TIME
    c.if_stopped_max[i] = commit.ifStopped?.latest ?? NULL_TIME
    c.first_seen_at[i] = commit.firstSeenAt
    c.value_seen_at[i] = commit.valueSeenAt
    c.seen_from[i] = commit.seenFrom
    c.seen_at[i] = commit.seenAt
    c.committed_min[i] = commit.committed.earliest ?? NULL_TIME
    c.committed_max[i] = commit.committed.latest
    c.empty_since_min[i] = commit.emptySince?.earliest ?? NULL_TIME
    c.empty_since_max[i] = commit.emptySince?.latest ?? NULL_TIME
    c.outside_commit_first[i] = commit.outsideCommits?.first ?? NULL_TIME
    c.outside_commit_last[i] = commit.outsideCommits?.last ?? NULL_TIME
    c.pending_since_min[i] = commit.pendingSince?.earliest ?? NULL_TIME
    c.pending_since_max[i] = commit.pendingSince?.latest ?? NULL_TIME
    c.running_from[i] = commit.runningFrom ?? NULL_TIME
    c.renewed_at[i] = commit.renewedAt ?? NULL_TIME
    c.logged_offset[i] = commit.logged?.offset ?? NULL_INT64
    c.logged_at[i] = commit.logged?.at ?? NULL_TIME
    c.logged_expires_at[i] = commit.logged?.expiresAt ?? NULL_TIME
    c.logged_position[i] = int64Of(commit.logged?.position)
    c.logged_empty_since[i] = commit.loggedEmptySince ?? NULL_TIME
    c.gone_reason.set(i, commit.gone?.reason ?? null)
    c.gone_min[i] = commit.gone?.earliest ?? NULL_TIME
    c.gone_max[i] = commit.gone?.latest ?? NULL_TIME
    c.before_offset[i] = commit.before?.offset ?? NULL_INT64
    c.before_topic_id.set(i, commit.before?.topicId ?? null)
    c.before_leader_epoch[i] = commit.before?.leaderEpoch ?? NULL_INT32
    c.before_metadata.set(i, commit.before?.metadata ?? null)
    c.before_seen_at[i] = commit.before?.seenAt ?? NULL_TIME
    c.before_reason.set(i, commit.before?.reason ?? null)
    c.lost_by[i] = commit.before?.lostBy ?? NULL_TIME
    c.reset_to[i] = commit.before?.resetTo ?? NULL_INT64
    c.unread_at_most[i] = commit.unread?.atMost ?? NULL_INT64
    c.records_evidence.set(i, commit.unread?.evidence ?? null)
    c.records_retention_ms[i] = int64Of(commit.unread?.retention)
    c.records_deadline_min[i] = commit.unread?.earliest ?? NULL_TIME
    c.records_deadline_max[i] = commit.unread?.latest ?? NULL_TIME
    c.records_lost[i] = commit.lostRecords?.atMost ?? NULL_INT64
    c.records_lost_up_to[i] = commit.lostRecords?.upTo ?? NULL_INT64
    c.records_lost_at[i] = commit.lostRecords?.lastAt ?? NULL_TIME
    c.member_client_id.set(i, commit.lastMember?.clientId ?? null)
    c.member_host.set(i, commit.lastMember?.host ?? null)
    c.member_seen_at[i] = commit.lastMember?.seenAt ?? NULL_TIME
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
      before: this.#before(i),
      unread: this.#unread(i),
      lostRecords: this.#lostRecords(i),
      lastMember: this.#lastMember(i),
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
    const position = int64(c.logged_position[i])
    return {
      offset,
      at,
      expiresAt: time(c.logged_expires_at[i]),
      position: position === null ? null : Number(position),
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
      earliest: time(c.records_deadline_min[i]),
      latest: time(c.records_deadline_max[i]),
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
