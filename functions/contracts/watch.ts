import { iso } from '../core/time.ts'
import type { WatchResult } from '../jobs/watch.ts'

/** What `watch --json` and `run --json` print of a run. */
export const watchJson = ({ takenAt, ...result }: WatchResult) => ({
  ...result,
  takenAt: takenAt === null ? null : iso(takenAt),
})
