import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, assigning, gone, guarded, now, reset, stopped, unreadOf } from '../../builders/commits.ts'
import { DAY, HOUR } from '../../core/readings.ts'

/** Each group has this many partitions of one topic. Partitions are numbered through all groups. */
export const PARTITIONS = 2

/** The level of the deadline, a loss, or a new commit: before, after or at the lost offset. */
const offsetChanges = ['far', 'first', 'second', 'last', 'gone', 'lower', 'higher', 'same'] as const
/** Unread records at a level, or none; unread records that Kafka deletes; or a group above the log start again. */
const recordsChanges = ['unread', 'unread at last', 'read', 'deleted unread', 'above'] as const
export const changes = [...offsetChanges, ...recordsChanges] as const
/** A guard keeps the offset, the offset's topic is deleted, or snapshots no longer know the offset. */
export const otherChanges = ['guarded', 'topic-deleted', 'unknown'] as const
export type Becomes = (typeof changes)[number] | (typeof otherChanges)[number]

const isOfRecords = (what: Becomes): what is (typeof recordsChanges)[number] =>
  recordsChanges.some(each => each === what)

export const nameOf = (group: number): string => `g${String(group).padStart(2, '0')}`

/** All groups are simple, except a stopped classic group and a group that commits through assign(). */
export const stoppedGroup = nameOf(0)
const assigningGroup = nameOf(1)

function kindOf(group: string): typeof aCommit {
  if (group === stoppedGroup) return stopped
  return group === assigningGroup ? assigning : aCommit
}

/** The committed offsets of a cluster, as in its newest snapshot. */
export class Groups {
  readonly #commits = new Map<number, Commit>()

  get commits(): Commit[] {
    return [...this.#commits].sort(([a], [b]) => a - b).map(([, commit]) => commit)
  }

  /** @param time of the snapshot, ms since the epoch */
  become(each: number, what: Becomes, time: number): void {
    if (what === 'unknown') this.#commits.delete(each)
    else this.#commits.set(each, this.#commit(each, what, time))
  }

  /** Gone offsets have no records to read. The group commits, so it is in use. */
  #withRecords(commit: Commit, what: (typeof recordsChanges)[number], time: number): Commit {
    if (commit.gone) return commit
    const seen = { ...commit, seenAt: time, seenFrom: time, valueSeenAt: time }
    const { atMost = 0n } = commit.lostRecords ?? {}
    const logStart = commit.offset + 7n
    const logEnd = logStart + 50n
    switch (what) {
      case 'unread':
        return { ...seen, unread: unreadOf(time - now + 60 * HOUR) }
      case 'unread at last':
        return { ...seen, unread: unreadOf(time - now + 3 * HOUR) }
      case 'read':
        return { ...seen, unread: null }
      case 'deleted unread':
        return {
          ...seen,
          logStart,
          logEnd,
          unread: unreadOf(time - now + HOUR),
          lostRecords: { atMost: atMost + 7n, upTo: logStart, lastAt: time },
        }
      case 'above':
        return { ...seen, logStart: commit.offset, logEnd }
    }
  }

  #commit(each: number, what: Exclude<Becomes, 'unknown'>, time: number): Commit {
    const left = { far: 20 * DAY, first: 60 * HOUR, second: 20 * HOUR, last: 3 * HOUR }
    const before = this.#commits.get(each)
    const group = nameOf(Math.floor(each / PARTITIONS))
    const known = { group, partition: each % PARTITIONS, seenAt: time, seenFrom: time }
    // A snapshot remembers the state before a loss for a long time, even after new commits.
    const kept = {
      ...known,
      offset: before?.offset ?? 50n,
      previousCommit: before?.previousCommit ?? null,
      lostRecords: before?.lostRecords ?? null,
    }
    const at = (ahead: number) => kindOf(group)(time - now + ahead, kept)
    const begun = ({ seenAt, offset: lost }: Commit, offset: bigint) =>
      reset(now - time, { ...at(left.far), offset }, { seenAt, offset: lost, resetTo: offset })
    if (isOfRecords(what)) return this.#withRecords(before ?? at(left.far), what, time)
    switch (what) {
      case 'gone':
        return before?.gone ? before : gone(now - time, at(0))
      case 'topic-deleted':
        return before?.gone ? before : gone(now - time, at(0), 'topic-deleted')
      case 'guarded':
        return before?.gone ? before : guarded(time - now + left.far, kept)
      case 'lower':
        return before?.gone ? begun(before, before.offset / 2n) : at(left.far)
      case 'higher':
        return before?.gone ? begun(before, before.offset + 10n) : at(left.far)
      case 'same':
        if (before?.gone) return begun(before, before.offset)
        return { ...at(left.far), ...(before?.previousCommit && { offset: before.previousCommit.offset }) }
      case 'far':
      case 'first':
      case 'second':
      case 'last':
        return before?.gone ? before : at(left[what])
    }
  }
}
