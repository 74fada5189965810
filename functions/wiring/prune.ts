import type { Settings } from '../core/model/settings.ts'
import { type PruneResult, prune } from '../jobs/prune.ts'
import { snapshotsOf } from './store.ts'

export const pruneCluster = (settings: Settings, cluster: string): Promise<PruneResult> =>
  prune(snapshotsOf(settings), cluster, Date.now())
