import type { Bounds, Commit } from '../../functions/core/model/commit.ts'
import type { Snapshot, SnapshotHead } from '../../functions/core/snapshot.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** A snapshot of cluster "prod", taken three minutes before `now`, with a group for each case of the views. */
export function sample(now: number, head: Partial<SnapshotHead> = {}): Snapshot {
  const takenAt = now - 3 * minute
  const seen = { firstSeenAt: now - 20 * day, seenFrom: takenAt, seenAt: takenAt + 2_000 }
  /** A commit whose earliest deadline is in `left` ms. */
  const due = (left: number, values: Partial<Commit>): Commit => {
    const clockStart: Bounds = { earliest: now + left - 7 * day, latest: takenAt + minute }
    const deadline: Bounds = { earliest: now + left, latest: takenAt + minute + 7 * day }
    return commitOf({
      ...seen,
      valueSeenAt: now + left - 7 * day + hour,
      clockStart,
      committed: clockStart,
      deadline,
      ...values,
    })
  }
  const still = { clockStart: null, deadline: null, runningFrom: null } as const
  const classic = { kind: 'classic', rule: 'classic-empty' } as const

  const commits = [
    ...Array.from({ length: 12 }, (_, partition) =>
      due(2 * hour + partition * hour, {
        group: 'spedisjon-v1',
        topic: 'team.orders',
        partition,
        offset: 1_234_567n,
        logStart: 1_000_000n,
        logEnd: 1_240_000n,
      }),
    ),
    due(20 * hour, {
      group: 'etl-nightly',
      topic: 'team.invoices',
      ...classic,
      offset: 900n,
      logStart: 1_000n,
      logEnd: 5_000n,
    }),
    due(60 * hour, { group: 'quiet', topic: 'team.rates', offset: 17n, logStart: 17n, logEnd: 17n }),
    due(-hour, { group: 'overdue', topic: 'team.overdue' }),
    due(5 * day, { group: 'ledger', topic: 'team.ledger', evidence: 'exact', logStart: null, logEnd: null }),
    due(3 * day + hour, { group: 'heartbeat', topic: 'team.beats', renewedAt: now - day }),
    due(0, {
      group: 'first-seen',
      topic: 'team.news',
      evidence: 'unknown',
      clockStart: { earliest: null, latest: takenAt },
      deadline: { earliest: null, latest: takenAt + 7 * day },
    }),
    due(0, {
      group: 'orders-app',
      topic: 'team.orders',
      kind: 'consumer',
      state: 'Stable',
      rule: 'consumer-guarded',
      ...still,
      ifStopped: { earliest: now - day, latest: now + day },
    }),
    due(0, {
      group: 'billing',
      topic: 'team.orders',
      kind: 'classic',
      state: 'Stable',
      rule: 'classic-guarded',
      ...still,
      ifStopped: { earliest: now + 7 * day, latest: now + 7 * day },
    }),
    due(hour, { group: 'console-consumer-1', topic: 'team.orders' }),
    due(hour, { group: 'evil\u001b[2J\n\u202egroup', topic: 'team.orders', metadata: '\u0007' }),
    due(5 * day, { group: 'audit', topic: 'team.kept', seenFrom: takenAt - hour, seenAt: takenAt - hour }),
    due(0, {
      group: 'audit',
      topic: 'team.audit',
      offset: 777n,
      logStart: 500n,
      logEnd: 812n,
      seenAt: now - 2 * hour,
      gone: { reason: 'unknown', earliest: now - 2 * hour, latest: takenAt },
    }),
    due(0, {
      group: 'audit',
      topic: 'team.old',
      offset: 3n,
      gone: { reason: 'topic-deleted', earliest: now - 2 * hour, latest: takenAt },
    }),
    due(7 * day, {
      group: 'shipping',
      topic: 'team.orders',
      offset: 12n,
      logStart: 0n,
      logEnd: 5_100n,
      previousCommit: {
        offset: 5_000n,
        topicId: null,
        leaderEpoch: 2,
        metadata: 'm',
        seenAt: now - 3 * hour,
        reason: 'unknown',
        lostBy: now - hour,
        resetTo: 0n,
        foundInState: 'Stable',
      },
    }),
  ]
  return snapshotOf(commits, { takenAt, finishedAt: takenAt + 2_000, ...head })
}
