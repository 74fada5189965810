import { readSettings } from '../../../functions/config/settings.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { Snapshot } from '../../../functions/core/snapshot.ts'
import { pageSourceOf } from '../../../functions/wiring/page.ts'
import { unreadOf } from '../../builders/commits.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { hour, minute } from '../sample.ts'
import { storeOf } from '../store.ts'

const SNAPSHOTS = 60
const LOST = 52
const LAST = SNAPSHOTS - 1

/**
 * Two and a half days of hourly snapshots. The group orders lost two of its three partitions eight hours ago, billing
 * is due in five hours, and the unread records of reports in twenty.
 */
export function snapshotsOfLoss(now: number, extra: Commit[] = []): Snapshot[] {
  const first = now - 3 * minute - LAST * hour
  return Array.from({ length: SNAPSHOTS }, (_, i) => {
    const takenAt = first + i * hour
    const seenAt = takenAt + 4000
    const seen = { firstSeenAt: first, seenFrom: takenAt, seenAt }
    const live = { ...seen, logStart: 0n, logEnd: BigInt(1000 + 40 * i), deadline: null, clockStart: null }
    const expiry = { earliest: seenAt + 7 * 24 * hour, latest: seenAt + 7 * 24 * hour }
    const orders = [0, 1, 2].map(partition => {
      const before = first + (LOST - 1) * hour
      const moved = {
        ...live,
        offset: BigInt(900 + 40 * i - 7 * partition),
        valueSeenAt: seenAt,
        deadline: expiry,
      }
      const key = { group: 'orders', topic: 'team.orders', partition, evidence: 'exact' } as const
      if (i < LOST || partition === 0) return commitOf({ ...moved, ...key })
      return commitOf({
        ...live,
        ...key,
        offset: BigInt(900 + 40 * (LOST - 1) - 7 * partition),
        valueSeenAt: before,
        seenFrom: before,
        seenAt: before + 4000,
        gone: { reason: 'expired', earliest: before, latest: first + LOST * hour + 4000 },
      })
    })
    const due = { earliest: now + 5 * hour, latest: now + 6 * hour }
    const unread = unreadOf(0, { earliest: now + 20 * hour, latest: now + 30 * hour })
    const others = [
      commitOf({ ...live, group: 'billing', topic: 'team.invoices', deadline: due, clockStart: due }),
      commitOf({
        ...live,
        group: 'reports',
        topic: 'team.reports',
        kind: 'classic',
        state: 'Stable',
        rule: 'classic-guarded',
        lastMember: { clientId: 'reports-app-2', host: '10.0.3.7', seenAt },
        metadata: 'a secret of the application',
        unread,
      }),
    ]
    const commits = [...orders, ...others, ...(i === LAST ? extra : [])]
    return snapshotOf(commits, { takenAt, finishedAt: seenAt, mode: 'exact', clockSkew: 0 })
  })
}

/** A store with these snapshots, and the page's source that reads it. */
export async function pageStore(...snapshots: Snapshot[]) {
  const store = await storeOf(...snapshots)
  const settings = readSettings(store.settings, () => '')
  return {
    store,
    source: pageSourceOf(
      settings.clusters.map(cluster => ({ cluster, settings })),
      {},
    ),
  }
}
