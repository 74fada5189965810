import type { PruneResult } from '../jobs/prune.ts'

/** What `prune --json` prints. */
export const pruneJson = (clusters: readonly PruneResult[]) => ({ schemaVersion: 1, clusters })
