import type { PruneResult } from '../jobs/prune.ts'

/** Output of `prune --json`. */
export const pruneJson = (clusters: readonly PruneResult[]) => ({ schemaVersion: 1, clusters })
