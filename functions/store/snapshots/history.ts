import { DAY } from '../../core/time.ts'
import { manifestsOf, manifestsOfDay, takenAtOf } from '../keys.ts'
import type { ObjectStore } from '../objects/object-store.ts'

/** Times of the snapshots from `from` to `to`, both included, oldest first. One listing. */
export async function takenBetween(
  objects: ObjectStore,
  cluster: string,
  from: number,
  to: number,
): Promise<number[]> {
  const times: number[] = []
  for await (const key of objects.list(manifestsOf(cluster), manifestsOfDay(cluster, from))) {
    const takenAt = takenAtOf(key)
    if (takenAt === undefined || takenAt < from) continue
    if (takenAt > to) break
    times.push(takenAt)
  }
  return times
}

const YEAR = 365

/**
 * Times of the snapshots up to `until`, newest first. The first listing asks for today's (and for those that a wrong
 * clock put into the future). Each further listing covers four times as many days, and the one after a year covers the
 * rest: a young store must not cost a dozen requests.
 * @param reach ms by which the first listing reaches back before today
 */
export async function* newestFirst(
  objects: ObjectStore,
  cluster: string,
  until: number,
  now: number,
  reach = 0,
): AsyncGenerator<number> {
  const today = Math.min(until, now)
  let [from, to] = [Math.max(0, today - (today % DAY) - reach), until]
  for (let days = 1 + reach / DAY; to >= 0; days *= 4) {
    yield* (await takenBetween(objects, cluster, from, to)).reverse()
    to = from - 1
    from = days > YEAR ? 0 : Math.max(0, from - days * DAY)
  }
}
