import { Failure } from '../../core/model/failure.ts'
import type { SnapshotHead } from '../../core/snapshot.ts'
import { DAY, HOUR } from '../../core/time.ts'
import { manifestKey, parquetKey, parquetsOf, takenAtOf } from '../keys.ts'
import type { Keep, ObjectStore } from '../objects/object-store.ts'
import { takenBetween } from './history.ts'
import { manifestOrNone, verifies } from './verified.ts'

const KEPT: Record<Keep, number> = { day: 396 * DAY, hour: 90 * DAY, other: 14 * DAY, unknown: 396 * DAY }

export interface Pruned {
  /** Number of removed snapshots. */
  removed: number
  kept: number
  /** Number of Parquet files without a manifest that were removed. */
  orphans: number
}

interface Stored {
  takenAt: number
  /** Undefined if the manifest cannot be read. The snapshot then stays for the longest period. */
  clusterId: string | undefined
  keep: Keep
}

/**
 * Removes snapshots before `newest` that are older than their mark allows, and Parquet files without a manifest that
 * are older than the whole history.
 * @param newest the newest snapshot that verifies; without one nothing is removed
 */
export async function prune(
  objects: ObjectStore,
  cluster: string,
  now: number,
  newest: SnapshotHead | undefined,
): Promise<Pruned> {
  const { remove } = objects
  if (!remove) {
    throw new Failure(
      `${objects.location} removes old snapshots by its own lifecycle rules. There is nothing to do.`,
      {
        exitCode: 2,
      },
    )
  }

  const times = await takenBetween(objects, cluster, 0, Number.POSITIVE_INFINITY)
  if (!newest) return { removed: 0, kept: times.length, orphans: 0 }

  const stored: Stored[] = []
  for (const takenAt of times.filter(time => time < newest.takenAt)) {
    const manifest = await manifestOrNone(objects, cluster, takenAt)
    stored.push({ takenAt, clusterId: manifest?.head.clusterId, keep: manifest?.keep ?? 'day' })
  }
  const isOld = ({ takenAt, keep }: Stored) => takenAt < now - KEPT[keep]
  const firstUsable = async (snapshots: Iterable<Stored>): Promise<Stored | undefined> => {
    for (const snapshot of snapshots) if (await verifies(objects, cluster, snapshot.takenAt)) return snapshot
    return undefined
  }

  const kept = new Set<Stored | undefined>()
  // The last snapshot of each cluster that had this name before stays.
  for (const [clusterId, snapshots] of Map.groupBy(stored, snapshot => snapshot.clusterId)) {
    if (clusterId !== undefined && clusterId !== newest.clusterId && snapshots.some(isOld))
      kept.add(await firstUsable(snapshots.toReversed()))
  }
  // The last snapshot before a gap of more than a day stays. A clock that was ahead leaves such a gap, and after its
  // correction that snapshot is the newest.
  for (const [i, { takenAt }] of stored.entries()) {
    const next = stored[i + 1]?.takenAt ?? newest.takenAt
    if (next - takenAt > DAY) kept.add(await firstUsable(stored.slice(0, i + 1).toReversed()))
  }
  // The first snapshot of a day, or of an hour, represents the whole period, so it has to verify.
  for (const [period, keep] of [[DAY, KEPT.day] as const, [HOUR, KEPT.hour] as const]) {
    for (const snapshots of Map.groupBy(stored, ({ takenAt }) => Math.floor(takenAt / period)).values()) {
      const young = snapshots.filter(({ takenAt }) => takenAt >= now - keep)
      if (young.some(isOld)) kept.add(await firstUsable(young))
    }
  }

  const old = stored.filter(snapshot => isOld(snapshot) && !kept.has(snapshot))
  // The manifest is removed first. A half-removed snapshot then does not exist, rather than fails to verify.
  for (const { takenAt } of old) {
    await remove(manifestKey(cluster, takenAt))
    await remove(parquetKey(cluster, takenAt))
  }
  const orphans = await removeOrphans(objects, remove, cluster, (times[0] ?? 0) - DAY)
  return { removed: old.length, kept: times.length - old.length, orphans }
}

/**
 * Removes Parquet files without a manifest from before `end`. Later ones stay: the listing may lack their manifests, as
 * in a half-restored backup.
 */
async function removeOrphans(
  objects: ObjectStore,
  remove: (key: string) => Promise<void>,
  cluster: string,
  end: number,
): Promise<number> {
  let removed = 0
  for await (const key of objects.list(parquetsOf(cluster))) {
    const takenAt = takenAtOf(key)
    if (takenAt === undefined) continue
    if (takenAt >= end) break
    await remove(key)
    removed++
  }
  return removed
}
