import { clusterByDefaults } from '../config/settings.ts'
import type { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import {
  clustersOfStores,
  clustersWithSnapshots,
  configuredClusters,
  type KnownClusters,
  readableClusters,
  restorableCluster,
} from '../jobs/choose-clusters.ts'
import { clustersIn } from '../store/clusters.ts'
import { openStore } from '../store/objects/open-store.ts'

function knownClusters({ clusters, store }: Settings): KnownClusters {
  const { WATCHDOG_CLUSTER, WATCHDOG_CONFIG } = process.env
  return {
    clusters,
    store,
    isNamed: Boolean(WATCHDOG_CLUSTER || WATCHDOG_CONFIG),
    configFile: WATCHDOG_CONFIG,
    stored: () => clustersIn(openStore(store)),
    byDefaults: clusterByDefaults,
  }
}

export const configured = (settings: Settings, name: string | undefined): ClusterSettings[] =>
  configuredClusters(settings, name)

export const readable = (settings: Settings, name: string | undefined): Promise<ClusterSettings[]> =>
  readableClusters(knownClusters(settings), name)

export const withSnapshots = (settings: Settings, name: string | undefined): Promise<ClusterSettings[]> =>
  clustersWithSnapshots(knownClusters(settings), name)

/** A cluster, and the settings whose `store` has its snapshots. */
export interface StoredCluster {
  cluster: ClusterSettings
  settings: Settings
  /** True if the store is not the one of the user's own settings, so that a printed command has to name it. */
  isElsewhere?: boolean
}

/**
 * The clusters of these stores, for reading only. One store is read as in `readable`; without a store, the settings'
 * own store is read. @see clustersOfStores
 */
export async function readableIn(
  settings: Settings,
  stores: readonly string[],
  name: string | undefined,
): Promise<{ clusters: StoredCluster[]; failures: Failure[] }> {
  const [store = settings.store, ...others] = new Set(stores)
  if (others.length === 0) {
    const inOneStore = inStore(settings, store)
    const clusters = await readable(inOneStore, name)
    const isElsewhere = inOneStore !== settings
    return {
      clusters: clusters.map(cluster => ({ cluster, settings: inOneStore, isElsewhere })),
      failures: [],
    }
  }
  const listed = [store, ...others].map(location => ({
    store: location,
    stored: async () => clustersIn(openStore(location)),
  }))
  const { found, failures } = await clustersOfStores(listed, knownClusters(settings), name)
  const settingsOf = new Map(listed.map(({ store }) => [store, inStore(settings, store)]))
  return {
    clusters: found.map(({ store, cluster }) => ({
      cluster,
      settings: settingsOf.get(store) ?? settings,
      isElsewhere: store !== settings.store,
    })),
    failures,
  }
}

/** Another store drops the lock of the settings, which only writes need. */
const inStore = (settings: Settings, store: string): Settings =>
  store === settings.store ? settings : { ...settings, store, storeLock: undefined }

export const restorable = (settings: Settings, name: string | undefined): Promise<ClusterSettings> =>
  restorableCluster(knownClusters(settings), name)
