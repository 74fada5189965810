import type { Problem } from '../../core/model/commit.ts'
import { Failure } from '../../core/model/failure.ts'
import type { GroupRows } from '../../core/recovery/group-history.ts'
import type { Snapshot, SnapshotHead } from '../../core/snapshot.ts'
import { DAY, HOUR, iso, MINUTE } from '../../core/time.ts'
import { timed } from '../../timed.ts'
import { manifestKey, parquetKey } from '../keys.ts'
import { AlreadyExists, type Keep, type ObjectStore } from '../objects/object-store.ts'
import { newestFirst, takenBetween } from './history.ts'
import { type Manifest, writeManifest } from './manifest.ts'
import { passOnMarks } from './marks.ts'
import { type Pruned, prune } from './prune.ts'
import {
  describeParts,
  loadBeginning,
  loadGroup,
  loadHistoryRows,
  loadManifest,
  loadSnapshot,
  Unverified,
} from './verified.ts'

export interface SnapshotReadOptions {
  /**
   * Called for each snapshot that does not verify (`unverified-base`), and once for all that are later than this
   * machine's clock (`clock-skew`).
   * @param takenAt time of the snapshot, the newest of several
   */
  onSkipped?: (problem: Problem, takenAt: number) => void
}

/** The snapshots of a store. All times are ms since the epoch. */
export interface SnapshotStore {
  /**
   * Writes the Parquet file, then the manifest. Writing the same snapshot again succeeds.
   * @param options.onProblem called if the snapshot is stored but an older one could not get its mark: the older one
   *   stays longer than necessary, and the next run tries again
   * @param options.signal stops before the next object
   */
  write(
    snapshot: Snapshot,
    options?: { onProblem?: (problem: Problem) => void; signal?: AbortSignal | undefined },
  ): Promise<void>

  /** The newest snapshot that verifies (its bytes match the hashes of its manifest) and is not later than the clock. */
  newest(cluster: string, options?: SnapshotReadOptions): Promise<Snapshot | undefined>

  /** The newest snapshot that was taken at or before `time` and verifies. */
  at(cluster: string, time: number, options?: SnapshotReadOptions): Promise<Snapshot | undefined>

  /**
   * Like `newest`, with the rows of one group only, by reading two ranges of the file. Without rows, that snapshot does
   * not know the group.
   */
  readGroup(
    cluster: string,
    time: number,
    group: string,
    options?: SnapshotReadOptions,
  ): Promise<Snapshot | undefined>

  /**
   * Times of the snapshots at or before `time`, newest first, without those that are later than the clock.
   * @param reach ms that one listing covers; undefined: today
   */
  timesBack(cluster: string, time: number, reach?: number): AsyncIterable<number>

  /** One group's history columns in the snapshot taken at exactly `takenAt`. Undefined if it does not verify. */
  historyRows(
    cluster: string,
    takenAt: number,
    group: string,
    options?: SnapshotReadOptions,
  ): Promise<GroupRows | undefined>

  /** Like `newest`, with only the groups whose ids begin with `prefix`, by reading two ranges of the file. */
  newestBeginning(
    cluster: string,
    prefix: string,
    options?: SnapshotReadOptions,
  ): Promise<Snapshot | undefined>

  /** The heads of the snapshots from `from` to `to`, oldest first. Reads only the manifests. */
  heads(cluster: string, from: number, to: number, options?: SnapshotReadOptions): AsyncIterable<SnapshotHead>

  /**
   * Thins the history: the first snapshot of a UTC day stays 13 months, the first of an hour 90 days, others 14 days.
   * The newest snapshot that verifies, and any newer one, always stay. Ages count from `now` or the newest snapshot,
   * whichever is earlier.
   * @throws Failure (exit code 2) if the store itself thins its history
   */
  prune(cluster: string, now: number): Promise<Pruned>
}

/**
 * @param now a snapshot later than this is skipped, since a clock that was ahead would hide all later ones
 * @param clockSkew ms by which a snapshot may be later, since another machine may have taken it
 */
export function snapshotStore(
  objects: ObjectStore,
  now: () => number = Date.now,
  clockSkew = MINUTE,
): SnapshotStore {
  /** Manifest keys of snapshots that did not verify. */
  const unusable = new Set<string>()

  async function newestUsable<T>(
    cluster: string,
    time: number,
    load: (takenAt: number) => Promise<T>,
    { onSkipped }: SnapshotReadOptions = {},
  ): Promise<T | undefined> {
    const clock = now()
    const ahead: number[] = []
    for await (const takenAt of newestFirst(objects, cluster, time, clock)) {
      if (takenAt > clock + clockSkew) {
        ahead.push(takenAt)
        continue
      }
      reportAhead(cluster, ahead.splice(0), clock, onSkipped)
      const loaded = await unlessUnverified(cluster, takenAt, load, onSkipped)
      if (loaded !== undefined) return loaded
      unusable.add(manifestKey(cluster, takenAt))
    }
    reportAhead(cluster, ahead, clock, onSkipped)
    return undefined
  }

  /**
   * The first usable snapshot of a day or an hour stays longer. If two are written at once, both may count as the
   * first.
   */
  async function keepOf(cluster: string, takenAt: number): Promise<Keep> {
    const earlier = await takenBetween(objects, cluster, takenAt - (takenAt % DAY), takenAt - 1)
    const last = earlier.findLast(time => !unusable.has(manifestKey(cluster, time)))
    if (last === undefined) return 'day'
    return last < takenAt - (takenAt % HOUR) ? 'hour' : 'other'
  }

  const load = (cluster: string) => (takenAt: number) => loadSnapshot(objects, cluster, takenAt)

  return {
    async write({ head, commits }, { onProblem, signal } = {}) {
      const { cluster, takenAt } = head
      const keep = await keepOf(cluster, takenAt)
      // Readers need not wait for the Parquet writer to load.
      const { encodeCommits } = await import('./parquet/encode-commits.ts')
      const encoded = await timed('encode', () => encodeCommits(commits))
      const manifest: Manifest = { head, keep, ...describeParts(encoded, commits) }
      try {
        await timed('write', async () => {
          signal?.throwIfAborted()
          await objects.create(parquetKey(cluster, takenAt), encoded.bytes, 'newest')
          signal?.throwIfAborted()
          await objects.create(manifestKey(cluster, takenAt), writeManifest(manifest), 'newest')
        })
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
        throw new Failure(
          `cannot store the snapshot of cluster "${cluster}" taken at ${iso(takenAt)}: another run ` +
            `stored one with the same time. Run the command again.`,
          { cause: error },
        )
      }
      signal?.throwIfAborted()
      try {
        await timed('write', () => passOnMarks(objects, manifest, now()))
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const message = `an older snapshot of cluster "${cluster}" is still marked as the newest: ${error.message}`
        onProblem?.({ scope: {}, code: 'unknown', message })
      }
    },

    newest: (cluster, options) => newestUsable(cluster, Number.POSITIVE_INFINITY, load(cluster), options),
    at: (cluster, time, options) => newestUsable(cluster, time, load(cluster), options),
    readGroup: (cluster, time, group, options) =>
      newestUsable(cluster, time, takenAt => loadGroup(objects, cluster, takenAt, group), options),

    newestBeginning: (cluster, prefix, options) =>
      newestUsable(
        cluster,
        Number.POSITIVE_INFINITY,
        takenAt => loadBeginning(objects, cluster, takenAt, prefix),
        options,
      ),

    async *timesBack(cluster, time, reach) {
      const clock = now()
      for await (const takenAt of newestFirst(objects, cluster, time, clock, reach))
        if (takenAt <= clock + clockSkew) yield takenAt
    },

    historyRows: (cluster, takenAt, group, { onSkipped } = {}) =>
      unlessUnverified(cluster, takenAt, () => loadHistoryRows(objects, cluster, takenAt, group), onSkipped),

    async *heads(cluster, from, to, { onSkipped } = {}) {
      for (const takenAt of await takenBetween(objects, cluster, from, to)) {
        const load = () => loadManifest(objects, cluster, takenAt)
        const manifest = await unlessUnverified(cluster, takenAt, load, onSkipped)
        if (manifest) yield manifest.head
      }
    },

    async prune(cluster, time) {
      const newest = await newestUsable(cluster, Number.POSITIVE_INFINITY, load(cluster))
      // A clock that is ahead must not make the whole history look old.
      return prune(objects, cluster, Math.min(time, newest?.head.takenAt ?? 0), newest?.head)
    },
  }
}

/** Returns undefined, and reports a problem, for a snapshot that does not verify. */
async function unlessUnverified<T>(
  cluster: string,
  takenAt: number,
  load: (takenAt: number) => Promise<T>,
  onSkipped: SnapshotReadOptions['onSkipped'],
): Promise<T | undefined> {
  try {
    return await load(takenAt)
  } catch (error) {
    if (!(error instanceof Unverified)) throw error
    const taken = iso(takenAt)
    const message = `the snapshot of cluster "${cluster}" taken at ${taken} is skipped: ${error.message}`
    onSkipped?.({ scope: {}, code: 'unverified-base', message }, takenAt)
    return undefined
  }
}

/** @param ahead newest first */
function reportAhead(
  cluster: string,
  ahead: readonly number[],
  clock: number,
  onSkipped: SnapshotReadOptions['onSkipped'],
): void {
  const [newest] = ahead
  if (newest === undefined) return
  const taken = iso(newest)
  const many =
    ahead.length > 1
      ? `${ahead.length} snapshots of cluster "${cluster}", the newest taken at ${taken}, are skipped: they are`
      : `the snapshot of cluster "${cluster}" taken at ${taken} is skipped: it is`
  const message =
    `${many} later than this clock, which says ${iso(clock)}. Correct the clock, or ` +
    `remove ${manifestKey(cluster, newest)} from the store if the clock is right.`
  onSkipped?.({ scope: {}, code: 'clock-skew', message }, newest)
}
