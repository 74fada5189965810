import { resolve } from 'node:path'
import type { Failure } from '../core/model/failure.ts'
import { type History, type LookBack, lookBack } from '../jobs/look-back.ts'
import { type LookUpResult, lookUp } from '../jobs/look-up.ts'
import type { Overview } from '../jobs/overview.ts'
import type { SkipOptions } from '../jobs/ports.ts'
import type { StoredCluster } from './clusters.ts'
import { oncePerStore, overviewsOf } from './overview.ts'
import { snapshotsOf } from './store.ts'

/** Data of a page. A cluster's label is its name, plus its store if another store has a cluster of the same name. */
export interface PageSource {
  clusters: string[]
  /** Reasons for missing clusters: a sentence for each store that cannot be read. */
  missing: string[]
  /** @throws Failure if the cluster has no usable snapshot */
  overview(label: string): Promise<Overview>
  /** @throws UnknownGroup, or a Failure */
  lookUp(label: string, group: string): Promise<LookUpResult>
  history(label: string, group: string, asked: Pick<LookBack, 'since' | 'every'>): Promise<History>
  /** Variables that a command needs in order to read this store. Empty if the user's own settings name the store. */
  environment(label: string): Record<string, string>
}

/**
 * The page only reads the stores, with this process's own credentials.
 * @param failures of stores that cannot be read
 */
export function pageSourceOf(
  clusters: readonly StoredCluster[],
  skip: SkipOptions,
  failures: readonly Failure[] = [],
): PageSource {
  const overviewOf = overviewsOf(skip)
  const snapshotsIn = oncePerStore(snapshotsOf)
  const labelled = new Map(clusters.map(stored => [labelOf(stored, clusters), stored]))
  const find = (label: string): StoredCluster => {
    const found = labelled.get(label)
    if (found) return found
    throw new RangeError(`the page asks for the cluster ${label}, which it does not have`)
  }
  return {
    clusters: [...labelled.keys()],
    missing: failures.map(({ message }) => message),
    overview: async label => overviewOf(find(label)),
    async lookUp(label, group) {
      const { cluster, settings } = find(label)
      const asked = { clusters: [cluster.name], group, topic: undefined, at: undefined }
      return lookUp({ ...asked, snapshots: snapshotsIn(settings), ...skip })
    },
    async history(label, group, span) {
      const { cluster, settings } = find(label)
      const asked = { ...span, cluster: cluster.name, group, topic: undefined, until: Infinity }
      return lookBack({ ...asked, snapshots: snapshotsIn(settings), ...skip })
    },
    environment(label) {
      const { settings, isElsewhere } = find(label)
      if (!isElsewhere) return {}
      const { store } = settings
      const WATCHDOG_STORE = store.includes('://') ? store : resolve(store)
      // The store of a settings file would take precedence.
      return process.env.WATCHDOG_CONFIG ? { WATCHDOG_CONFIG: '', WATCHDOG_STORE } : { WATCHDOG_STORE }
    },
  }
}

function labelOf({ cluster, settings }: StoredCluster, all: readonly StoredCluster[]): string {
  const isShared = all.filter(stored => stored.cluster.name === cluster.name).length > 1
  return isShared ? `${cluster.name} in ${settings.store}` : cluster.name
}
