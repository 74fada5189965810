import type { PruneResult } from '../../jobs/prune.ts'
import { count } from '../../text/count.ts'

export function pruneView({ cluster, removed, kept, orphans }: PruneResult): string {
  const others = orphans > 0 ? `, ${count(orphans, 'Parquet file')} without a manifest removed` : ''
  return `${cluster} · ${count(removed, 'snapshot')} removed, ${kept} kept${others}`
}
