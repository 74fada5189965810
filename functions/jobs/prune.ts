import type { PrunableSnapshots } from './ports.ts'

/** Result of prune for a cluster: numbers of snapshots, and of Parquet files without a manifest. */
export interface PruneResult {
  cluster: string
  removed: number
  kept: number
  orphans: number
}

/** @throws Failure (exit code 2) if the store itself thins its history */
export const prune = async (
  snapshots: PrunableSnapshots,
  cluster: string,
  now: number,
): Promise<PruneResult> => ({ cluster, ...(await snapshots.prune(cluster, now)) })
