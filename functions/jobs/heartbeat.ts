import { Failure } from '../core/model/failure.ts'
import { iso } from '../core/time.ts'
import type { Snapshots } from './ports.ts'

const MINUTE = 60_000

export interface Heartbeat {
  cluster: string
  snapshots: Pick<Snapshots, 'newest'>
  /** ms between two snapshots */
  interval: number
  /** ms since the epoch */
  now: number
}

/**
 * Whether the store goes on getting snapshots that verify. Watch says in Slack when it does not; this is asked by
 * whoever has to hear of it also when watch or Slack is what is broken.
 *
 * @returns ms since the start of the newest one; undefined before the first
 * @throws Failure when there has been none for two intervals
 */
export async function heartbeat({
  cluster,
  snapshots,
  interval,
  now,
}: Heartbeat): Promise<number | undefined> {
  const newest = await snapshots.newest(cluster)
  if (!newest) return undefined

  const { takenAt } = newest.head
  const age = now - takenAt
  if (age <= 2 * interval) return age
  throw new Failure(
    `cluster "${cluster}" has had no new snapshot for ${Math.round(age / MINUTE)} minutes, since ` +
      `${iso(takenAt)}: the log of the snapshot function says what it lacks; if it has none, look at ` +
      'its schedule and at the queue of failed runs.',
  )
}
