import type { SnapshotHead } from '../../core/snapshot.ts'
import { DAY } from '../../core/time.ts'
import { manifestKey, parquetKey, parquetsOf, takenAtOf } from '../keys.ts'
import type { Keep, Marks, ObjectStore } from '../objects/object-store.ts'
import { newestFirst, takenBetween } from './history.ts'
import type { Manifest } from './manifest.ts'
import { manifestOrNone } from './verified.ts'

/** A run gives at most this many snapshots their final mark, the oldest first. The next run continues. */
const AT_MOST = 50

/** Marks that are read at the same time. */
const AT_ONCE = 32

/**
 * Gives every snapshot that is no longer the newest its final mark, in a store that removes old objects by their marks.
 * The last snapshot of a replaced cluster keeps the mark `newest`. The next run corrects the marks of a run that was
 * killed or refused.
 * @param stored the snapshot that was just stored
 */
export async function passOnMarks(
  objects: ObjectStore,
  { head, keep }: Manifest,
  now: number,
): Promise<void> {
  const { marks } = objects
  if (!marks) return
  const { cluster, takenAt } = head
  const left = await leftAsNewest(objects, marks, head, now)
  for (const { before, after } of left.slice(-AT_MOST).reverse()) {
    const [manifest, next] = await Promise.all([
      manifestOrNone(objects, cluster, before),
      after === takenAt ? { head } : manifestOrNone(objects, cluster, after),
    ])
    if (manifest && manifest.head.clusterId !== next?.head.clusterId) continue
    const final = manifest && manifest.keep !== 'unknown' ? manifest.keep : 'day'
    // The manifest gets its mark first, so that rows with their final mark always have a manifest with its final mark.
    await settle(marks, manifestKey(cluster, before), final)
    await settle(marks, parquetKey(cluster, before), final)
  }
  if (keep === 'day') await passOnMarksOfOrphans(objects, marks, cluster, takenAt)
}

/**
 * The snapshots that still have the mark `newest` although there is a newer one, newest first. Nearly always this is
 * only the one before. Each run starts with the oldest, so the search ends after several final marks in a row, but not
 * before the snapshot that was just stored: another run may have stored newer ones meanwhile.
 */
async function leftAsNewest(
  objects: ObjectStore,
  marks: Marks,
  { cluster, takenAt }: SnapshotHead,
  now: number,
): Promise<{ before: number; after: number }[]> {
  const left: { before: number; after: number }[] = []
  let [batch, size]: [typeof left, number] = [[], 1]
  let after: number | undefined

  async function readBatch(): Promise<boolean> {
    const read = await Promise.all(batch.map(({ before }) => marks.read(parquetKey(cluster, before))))
    const newest = batch.filter((_, i) => read[i] === 'newest')
    left.push(...newest)
    const isOver = newest.length === 0 && batch.every(({ before }) => before < takenAt)
    ;[batch, size] = [[], Math.min(2 * size, AT_ONCE)]
    return isOver
  }

  const until = Math.max(now, takenAt)
  for await (const before of newestFirst(objects, cluster, until, until)) {
    if (after !== undefined) batch.push({ before, after })
    after = before
    if (batch.length === size && (await readBatch())) return left
  }
  await readBatch()
  return left
}

/**
 * Gives final marks to Parquet files without a manifest, once a day. Runs that ended before they wrote the manifest
 * leave such files. A file of the last day may belong to a run that still works.
 */
async function passOnMarksOfOrphans(
  objects: ObjectStore,
  marks: Marks,
  cluster: string,
  now: number,
): Promise<void> {
  const [from, to] = [now - 3 * DAY, now - DAY]
  const known = new Set(await takenBetween(objects, cluster, from, to))
  for await (const key of objects.list(parquetsOf(cluster), parquetKey(cluster, from))) {
    const takenAt = takenAtOf(key)
    if (takenAt === undefined || known.has(takenAt)) continue
    if (takenAt > to) break
    if ((await marks.read(key)) === 'newest') await settle(marks, key, 'other')
  }
}

async function settle(marks: Marks, key: string, keep: Keep): Promise<void> {
  try {
    await marks.replace(key, keep)
  } catch (error) {
    // Another run was faster: the bucket refuses to change a final mark.
    if ((await marks.read(key)) === 'newest') throw error
  }
}
