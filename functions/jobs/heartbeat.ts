import { Failure } from '../core/model/failure.ts'
import { isTooOld } from '../core/snapshot.ts'
import { iso, MINUTE } from '../core/time.ts'
import type { Snapshots } from './ports.ts'

export interface HeartbeatOptions {
  cluster: string
  snapshots: Pick<Snapshots, 'newest'>
  /** ms between two snapshots */
  interval: number
  /** ms since the epoch */
  now: number
}

/**
 * Checks that the store still gets snapshots that verify. Watch reports missing snapshots in Slack. This check serves
 * people who need the report even if watch or Slack is broken.
 * @returns ms since the start of the newest snapshot; undefined before the first one
 * @throws Failure if the store has had no new snapshot for two intervals, or only snapshots that cannot be used
 */
export async function heartbeat({
  cluster,
  snapshots,
  interval,
  now,
}: HeartbeatOptions): Promise<number | undefined> {
  const skipped: string[] = []
  const newest = await snapshots.newest(cluster, { onSkipped: ({ message }) => void skipped.push(message) })
  if (!newest && skipped[0] === undefined) return undefined
  if (newest && !isTooOld(newest.head, now, 2 * interval)) return now - newest.head.takenAt

  const since = newest ? howLong(newest.head.takenAt, now) : 'that can be used'
  const why = skipped[0] === undefined ? '' : ` Also, ${skipped[0]}`
  throw new Failure(
    `cluster "${cluster}" has had no new snapshot ${since}: see the log of the snapshot function, and ` +
      `check its schedule and the queue of failed runs if the log is empty.${why}`,
  )
}

function howLong(takenAt: number, now: number): string {
  const taken = iso(takenAt)
  if (takenAt > now) return `with a credible time, because the newest (${taken}) is later than this clock`
  return `for ${Math.round((now - takenAt) / MINUTE)} minutes, since ${taken}`
}
