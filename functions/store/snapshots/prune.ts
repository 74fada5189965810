import { Failure } from '../../core/model/failure.ts'
import { manifestKey, parquetKey, parquetsOf, takenAtOf } from '../keys.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { DAY, takenBetween } from './history.ts'
import type { Keep } from './manifest.ts'
import { loadManifest, Unverified } from './verified.ts'

const KEPT: Record<Keep, number> = { day: 396 * DAY, hour: 90 * DAY, other: 14 * DAY, unknown: 396 * DAY }

export interface Pruned {
  /** Numbers of snapshots. */
  removed: number
  kept: number
}

/** Removes the snapshots before `newest` that are older than their mark allows, and Parquet files without a manifest. */
export async function prune(
  objects: ObjectStore,
  cluster: string,
  now: number,
  newest: number,
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
  const old: number[] = []
  for (const takenAt of times) {
    if (takenAt >= newest || takenAt >= now - KEPT.other) break
    if (takenAt < now - KEPT[await keepOf(objects, cluster, takenAt)]) old.push(takenAt)
  }

  // The manifest goes first: a snapshot that is half removed does not exist, rather than fail to verify.
  for (const takenAt of old) {
    await remove(manifestKey(cluster, takenAt))
    await remove(parquetKey(cluster, takenAt))
  }
  await removeOrphans(objects, remove, cluster, now, new Set(times))
  return { removed: old.length, kept: times.length - old.length }
}

/** The mark of a snapshot; one that does not verify stays as long as any. */
async function keepOf(objects: ObjectStore, cluster: string, takenAt: number): Promise<Keep> {
  try {
    return (await loadManifest(objects, cluster, takenAt)).keep
  } catch (error) {
    if (error instanceof Unverified) return 'day'
    throw error
  }
}

/** What a run left that ended between the two files. A day is more than any run takes. */
async function removeOrphans(
  objects: ObjectStore,
  remove: (key: string) => Promise<void>,
  cluster: string,
  now: number,
  known: Set<number>,
): Promise<void> {
  for await (const key of objects.list(parquetsOf(cluster))) {
    const takenAt = takenAtOf(key)
    if (takenAt !== undefined && takenAt < now - DAY && !known.has(takenAt)) await remove(key)
  }
}
