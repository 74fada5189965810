import type { GroupLog, LoggedCommit, LoggedOffset, Reading } from '../../../functions/core/reading.ts'
import { aReading, HOUR, monday, simple } from '../readings.ts'

/** A commit record: its offset, and when it was committed. */
export const record = (offset: bigint, at: number, more: Partial<LoggedOffset> = {}): LoggedOffset => ({
  offset,
  at,
  expiresAt: null,
  logOffset: null,
  leaderEpoch: null,
  metadata: '',
  topicId: null,
  ...more,
})

/** A key whose last record is a commit. */
export const committed = (last: LoggedOffset, more: Partial<LoggedCommit> = {}): LoggedCommit => ({
  last,
  tombstoneAt: null,
  negative: false,
  before: null,
  uncertain: false,
  older: false,
  ...more,
})

/** A key whose last record is a tombstone. */
export const tombstone = (tombstoneAt: number, before: LoggedOffset | null = null): LoggedCommit => ({
  last: null,
  tombstoneAt,
  negative: false,
  before,
  uncertain: false,
  older: false,
})

export interface SeenLog extends Partial<Omit<GroupLog, 'commits' | 'group'>> {
  commits?: Record<string, LoggedCommit>
  group?: { emptySince: number | null; older?: boolean } | null
}

/** The part of `__consumer_offsets` that was read, by group and partition; other keys had no new record. */
export function withLog(reading: Reading, groups: Record<string, SeenLog>): Reading {
  const logs = new Map(
    Object.entries(groups).map(([name, { commits = {}, group, ...more }]) => {
      const byKey = Object.entries(commits).map(([key, logged]): [string, LoggedCommit] => {
        const dash = key.lastIndexOf('-')
        return [`${key.slice(dash + 1)} ${key.slice(0, dash)}`, logged]
      })
      const log = {
        caughtUp: true,
        complete: true,
        reloaded: false,
        start: 0,
        isElsewhere: false,
        group: group ? { older: false, ...group } : null,
        ...more,
      }
      return [name, { ...log, commits: new Map(byKey) }]
    }),
  )
  const progress = { caughtUp: true, read: 0, left: 0 }
  return { ...reading, log: { groupLog: group => logs.get(group), cursors: [], progress } }
}

/** When the commit of `first` was made. */
export const at = monday - HOUR

export const exactly = (time: number) => ({ earliest: time, latest: time })

/** A reading of one simple group at one offset. */
export const quiet = (time: number, offset = 5n) => aReading(time, { app: simple({ 'orders-0': offset }) })

/** The first reading, with the record of its commit. */
export const first = withLog(quiet(monday), { app: { commits: { 'orders-0': committed(record(5n, at)) } } })
