import type { Commit } from '../../functions/core/model/commit.ts'
import type { SnapshotHead } from '../../functions/core/snapshot.ts'
import { aCommit } from '../builders/commits.ts'
import { headOf } from '../builders/snapshots.ts'
import { type Change, keyOf, type Span, type Touch } from './history.ts'
import type { Row, WatchMode } from './scenario.ts'
import { judge } from './verdict.ts'
import type { Reading } from './watch.ts'

// An invented story of one offset, in seconds, and the snapshots of it.

export const key = { group: 'app', topic: 'orders', partition: 0 }
export const expires: Row = { title: 'simple', rule: 'simple', ends: ['expired'] }
export const s = (seconds: number) => seconds * 1000

export const change = (offset: bigint | null, at: number): Change => ({
  offset,
  after: s(at),
  by: s(at) + 50,
})
export const touch = (from: number, deletes: Touch['deletes'] = null): Touch => ({
  ...key,
  from: s(from),
  to: s(from) + 50,
  deletes,
})

export const head: SnapshotHead = headOf({
  cluster: 'kafka',
  takenAt: 0,
  finishedAt: 0,
  mode: 'exact',
  retention: [{ broker: 1, retention: s(60), sweep: s(1), source: 'broker' }],
  clockSkew: 0,
  log: null,
  cursors: [],
  offsetsTopic: null,
})

/** A snapshot that takes 100 ms, with the row at that time. */
export function reading(at: number, row: Partial<Commit>): Reading {
  const [takenAt, finishedAt] = [s(at), s(at) + 100]
  const commit = aCommit(0, { evidence: 'exact', seenFrom: takenAt, seenAt: finishedAt, ...row })
  return { head: { ...head, takenAt, finishedAt }, commits: new Map([[keyOf(key), commit]]) }
}

/** Seen by a snapshot at that time, with this deadline. */
export const seen = (
  at: number,
  earliest: number | null,
  latest = earliest ?? 0,
  more: Partial<Commit> = {},
) =>
  reading(at, { deadline: { earliest: earliest === null ? null : s(earliest), latest: s(latest) }, ...more })

export const gone = (at: number, reason: 'expired' | 'deleted' | 'unknown', when = 60.5) =>
  reading(at, {
    seenFrom: s(55),
    seenAt: s(55) + 100,
    gone: { reason, earliest: s(when), latest: s(when) },
  })

export const committedAgain = (at: number, reason: 'expired' | 'unknown' | 'moved-back', offset = 50n) =>
  seen(at, 122, 122, {
    offset: 3n,
    previousCommit: {
      offset,
      topicId: null,
      leaderEpoch: null,
      metadata: '',
      seenAt: s(55) + 100,
      reason,
      lostBy: s(60.5),
      resetTo: 3n,
      foundInState: 'Stable',
    },
  })

export interface Story {
  row?: Row
  mode?: WatchMode
  history: Change[]
  touches?: Touch[]
  restarts?: Span[]
  readings: Reading[]
}

export const faultsOf = ({
  row = expires,
  mode = 'exact',
  history,
  touches = [touch(0)],
  restarts = [],
  readings,
}: Story) =>
  judge(
    { ...key, row },
    mode,
    { history: () => history, touches, restarts, sweep: s(1), over: s(118) },
    readings,
  ).faults

/** Committed at 0, deleted by a sweep at 60.5. */
export const lived = [change(50n, 0), change(null, 60.5)]
export const lostAndReset = [...lived, change(3n, 62)]
export const touchedTwice = [touch(0), touch(62)]
export const isReset: Row = { ...expires, ends: ['expired', 'kept'] }
