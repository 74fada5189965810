import { iso } from '../core/time.ts'
import type { WatchedCluster } from '../jobs/watch-and-tell.ts'

/** What `watch --json` and `run --json` print of a run. */
export const watchJson = ({ takenAt, ...result }: WatchedCluster) => ({
  ...result,
  takenAt: takenAt === null ? null : iso(takenAt),
})
