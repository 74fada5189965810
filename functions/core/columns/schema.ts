import { beforeReasons, type Commit, evidences, goneReasons, groupKinds, rules } from '../model/commit.ts'
import { recordsEvidences, retentionSetters } from '../model/unread-records.ts'
import { StringColumn } from './string-column.ts'

/** Stand-ins for null in typed columns. For the leader epoch, Kafka uses −1, too. */
export const NULL_INT32 = -1
export const NULL_INT64 = -(2n ** 63n)
export const NULL_TIME = Number.NaN

export type Cells = StringColumn | Int32Array | BigInt64Array | Float64Array

type Nullable<T> = T | null | undefined

/** An allocated column, and the function that writes a commit's value into it. */
interface OpenColumn<C extends Cells> {
  cells: C
  write: (row: number, commit: Commit) => void
}

/** A column as it is stored; `?` after its type allows null. */
interface CommitColumn<Type extends string, C extends Cells> {
  type: Type
  value: (commit: Commit) => Nullable<string | number | bigint>
  /** The values of a closed list. */
  list: readonly string[] | undefined
  /** Allocates the column with `capacity` rows; the first `nulls` of them are null. */
  open: (capacity: number, nulls?: number) => OpenColumn<C>
}

// Each type has its own functions: V8 optimizes a store into one kind of array much better.
function strings<const Type extends string, Value extends Nullable<string>>(type: Type) {
  return (value: (commit: Commit) => Value, list?: readonly string[]): CommitColumn<Type, StringColumn> => ({
    type,
    value,
    list,
    open(capacity, nulls = 0) {
      const cells = new StringColumn(capacity, nulls)
      return { cells, write: (row, commit) => cells.set(row, value(commit) ?? null) }
    },
  })
}

function int32s<const Type extends string, Value extends Nullable<number>>(type: Type) {
  return (value: (commit: Commit) => Value): CommitColumn<Type, Int32Array> => ({
    type,
    value,
    list: undefined,
    open(capacity, nulls = 0) {
      const cells = new Int32Array(capacity).fill(NULL_INT32, 0, nulls)
      const write = (row: number, commit: Commit) => {
        cells[row] = value(commit) ?? NULL_INT32
      }
      return { cells, write }
    },
  })
}

function int64s<const Type extends string, Value extends Nullable<bigint>>(type: Type) {
  return (value: (commit: Commit) => Value): CommitColumn<Type, BigInt64Array> => ({
    type,
    value,
    list: undefined,
    open(capacity, nulls = 0) {
      const cells = new BigInt64Array(capacity).fill(NULL_INT64, 0, nulls)
      const write = (row: number, commit: Commit) => {
        cells[row] = value(commit) ?? NULL_INT64
      }
      return { cells, write }
    },
  })
}

function times<const Type extends string, Value extends Nullable<number>>(type: Type) {
  return (value: (commit: Commit) => Value): CommitColumn<Type, Float64Array> => ({
    type,
    value,
    list: undefined,
    open(capacity, nulls = 0) {
      const cells = new Float64Array(capacity).fill(NULL_TIME, 0, nulls)
      const write = (row: number, commit: Commit) => {
        cells[row] = value(commit) ?? NULL_TIME
      }
      return { cells, write }
    },
  })
}

const string = strings<'string', string>('string')
const stringOrNull = strings<'string?', Nullable<string>>('string?')
const int32 = int32s<'int32', number>('int32')
const int32OrNull = int32s<'int32?', Nullable<number>>('int32?')
const int64 = int64s<'int64', bigint>('int64')
const int64OrNull = int64s<'int64?', Nullable<bigint>>('int64?')
const time = times<'time', number>('time')
const timeOrNull = times<'time?', Nullable<number>>('time?')

const int64Of = (value: Nullable<number>): bigint | null => (value == null ? null : BigInt(value))

/**
 * The columns of a snapshot. Columns are only added: files of every age stay readable, and a column that an older file
 * lacks reads as null. CommitTable.at builds a commit from them.
 */
export const schema = {
  group_id: string(commit => commit.group),
  topic: string(commit => commit.topic),
  partition_index: int32(commit => commit.partition),
  topic_id: stringOrNull(commit => commit.topicId),
  group_kind: string(commit => commit.kind, groupKinds),
  group_state: string(commit => commit.state),
  coordinator: int32(commit => commit.coordinator),
  committed_offset: int64(commit => commit.offset),
  leader_epoch: int32OrNull(commit => commit.leaderEpoch),
  metadata: stringOrNull(commit => commit.metadata),
  log_start: int64OrNull(commit => commit.logStart),
  log_end: int64OrNull(commit => commit.logEnd),
  rule: string(commit => commit.rule, rules),
  evidence: string(commit => commit.evidence, evidences),
  clock_start_min: timeOrNull(commit => commit.clockStart?.earliest),
  clock_start_max: timeOrNull(commit => commit.clockStart?.latest),
  expires_at: timeOrNull(commit => commit.expiresAt),
  deadline_min: timeOrNull(commit => commit.deadline?.earliest),
  deadline_max: timeOrNull(commit => commit.deadline?.latest),
  if_stopped_min: timeOrNull(commit => commit.ifStopped?.earliest),
  if_stopped_max: timeOrNull(commit => commit.ifStopped?.latest),
  first_seen_at: time(commit => commit.firstSeenAt),
  value_seen_at: time(commit => commit.valueSeenAt),
  seen_from: time(commit => commit.seenFrom),
  seen_at: time(commit => commit.seenAt),
  committed_min: timeOrNull(commit => commit.committed.earliest),
  committed_max: time(commit => commit.committed.latest),
  empty_since_min: timeOrNull(commit => commit.emptySince?.earliest),
  empty_since_max: timeOrNull(commit => commit.emptySince?.latest),
  outside_commit_first: timeOrNull(commit => commit.outsideCommits?.first),
  outside_commit_last: timeOrNull(commit => commit.outsideCommits?.last),
  pending_since_min: timeOrNull(commit => commit.pendingSince?.earliest),
  pending_since_max: timeOrNull(commit => commit.pendingSince?.latest),
  running_from: timeOrNull(commit => commit.runningFrom),
  renewed_at: timeOrNull(commit => commit.renewedAt),
  logged_offset: int64OrNull(commit => commit.logged?.offset),
  logged_at: timeOrNull(commit => commit.logged?.at),
  logged_expires_at: timeOrNull(commit => commit.logged?.expiresAt),
  logged_position: int64OrNull(commit => int64Of(commit.logged?.logOffset)),
  logged_empty_since: timeOrNull(commit => commit.loggedEmptySince),
  gone_reason: stringOrNull(commit => commit.gone?.reason, goneReasons),
  gone_min: timeOrNull(commit => commit.gone?.earliest),
  gone_max: timeOrNull(commit => commit.gone?.latest),
  before_offset: int64OrNull(commit => commit.previousCommit?.offset),
  before_topic_id: stringOrNull(commit => commit.previousCommit?.topicId),
  before_leader_epoch: int32OrNull(commit => commit.previousCommit?.leaderEpoch),
  before_metadata: stringOrNull(commit => commit.previousCommit?.metadata),
  before_seen_at: timeOrNull(commit => commit.previousCommit?.seenAt),
  before_reason: stringOrNull(commit => commit.previousCommit?.reason, beforeReasons),
  lost_by: timeOrNull(commit => commit.previousCommit?.lostBy),
  reset_to: int64OrNull(commit => commit.previousCommit?.resetTo),
  lost_by_state: stringOrNull(commit => commit.previousCommit?.foundInState),
  unread_at_most: int64OrNull(commit => commit.unread?.atMost),
  records_evidence: stringOrNull(commit => commit.unread?.evidence, recordsEvidences),
  records_retention_ms: int64OrNull(commit => int64Of(commit.unread?.retention)),
  records_retention_set_by: stringOrNull(commit => commit.unread?.retentionSetBy, retentionSetters),
  records_deadline_min: timeOrNull(commit => commit.unread?.earliest),
  records_deadline_max: timeOrNull(commit => commit.unread?.latest),
  records_read_to: timeOrNull(commit => commit.unread?.readTo),
  records_not_grown: int32OrNull(commit => commit.unread?.notGrown),
  records_lost: int64OrNull(commit => commit.lostRecords?.atMost),
  records_lost_up_to: int64OrNull(commit => commit.lostRecords?.upTo),
  records_lost_at: timeOrNull(commit => commit.lostRecords?.lastAt),
  member_client_id: stringOrNull(commit => commit.lastMember?.clientId),
  member_host: stringOrNull(commit => commit.lastMember?.host),
  member_seen_at: timeOrNull(commit => commit.lastMember?.seenAt),
}

type Schema = typeof schema
export type ColumnName = keyof Schema
export type Columns = { [Name in ColumnName]: ReturnType<Schema[Name]['open']>['cells'] }

export const isColumn = (name: string): name is ColumnName => Object.hasOwn(schema, name)
export const columnNames = Object.keys(schema).filter(isColumn)
