import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type History, type LookBack, lookBack } from '../jobs/look-back.ts'
import { type LookUpResult, lookUp } from '../jobs/look-up.ts'
import type { Overview } from '../jobs/overview.ts'
import type { SkipOptions } from '../jobs/ports.ts'
import { overviewsOf } from './overview.ts'
import { snapshotsOf } from './store.ts'

/** What a page is made of. */
export interface PageSource {
  /** Names of the clusters. */
  clusters: string[]
  /** @throws Failure where the cluster has no snapshot that can be used */
  overview(cluster: string): Promise<Overview>
  /** @throws UnknownGroup, or a Failure */
  lookUp(cluster: string, group: string): Promise<LookUpResult>
  history(cluster: string, group: string, asked: Pick<LookBack, 'since' | 'every'>): Promise<History>
}

/** The page reads the store, with this process's own credentials, and nothing else. */
export function pageSourceOf(
  settings: Settings,
  clusters: readonly ClusterSettings[],
  skip: SkipOptions,
): PageSource {
  const overviewOf = overviewsOf(settings, skip)
  const snapshots = snapshotsOf(settings)
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]))
  return {
    clusters: [...byName.keys()],
    overview: async name => {
      const cluster = byName.get(name)
      if (!cluster) throw new RangeError(`the page asks for the cluster ${name}, which it does not have`)
      return overviewOf(cluster)
    },
    lookUp: (cluster, group) =>
      lookUp({ clusters: [cluster], group, topic: undefined, at: undefined, snapshots, ...skip }),
    history: (cluster, group, asked) =>
      lookBack({ ...asked, cluster, group, topic: undefined, until: Infinity, snapshots, ...skip }),
  }
}
