import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import { guarded, now, unreadOf } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'

/** A watcher after three snapshots. */
export function aWatcher(): Watcher {
  const watcher = new Watcher()
  watcher.state = { ...watcher.state, recordsSnapshots: 3 }
  return watcher
}

/** A group with members and unread records; Kafka deletes the first one after `left`. */
export const behind = (
  left: number,
  changes: Partial<Commit> = {},
  unread: Partial<UnreadRecords> = {},
): Commit => guarded(7 * DAY, { unread: unreadOf(left, unread), ...changes })

export const readAll = (changes: Partial<Commit> = {}) =>
  guarded(7 * DAY, { offset: 100n, valueSeenAt: now + HOUR, ...changes })

/** The log begins at 50 + `atMost`, and the group's offset is 50. */
export const losing = (atMost: bigint, lastAt: number, changes: Partial<Commit> = {}): Commit =>
  guarded(7 * DAY, {
    logStart: 50n + atMost,
    logEnd: 1000n,
    unread: unreadOf(HOUR),
    lostRecords: { atMost, upTo: 50n + atMost, lastAt },
    ...changes,
  })

/** The same group above the log start again. */
export const above = (lost: Commit): Commit => ({ ...lost, offset: lost.logStart ?? 0n, unread: null })

export function seen(...steps: Commit[][]): string[] {
  const watcher = aWatcher()
  for (const [hour, commits] of steps.entries()) watcher.see(hour * HOUR, commits)
  return watcher.incidents
}
