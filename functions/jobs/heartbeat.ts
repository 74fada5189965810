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
  const why = skipped[0] === undefined ? '' : ` Of a later one: ${skipped[0]}`
  throw new Failure(
    `cluster "${cluster}" has had no new snapshot ${since}: the log of the snapshot function says what it lacks; if it ` +
      `has none, look at its schedule and at the queue of failed runs.${why}`,
  )
}

function howLong(takenAt: number, now: number): string {
  const taken = iso(takenAt)
  if (takenAt > now) return `at a time that can be right, as the newest is later than the clock, of ${taken}`
  return `for ${Math.round((now - takenAt) / MINUTE)} minutes, since ${taken}`
}
