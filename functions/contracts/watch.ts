import { iso } from '../core/time.ts'
import type { WatchedCluster } from '../jobs/watch-and-tell.ts'

/** Part of a run in the output of `watch --json` and `run --json`. */
export const watchJson = ({ takenAt, ...result }: WatchedCluster) => ({
  ...result,
  takenAt: takenAt === null ? null : iso(takenAt),
})
