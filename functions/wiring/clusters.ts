import { clusterByDefaults } from '../config/settings.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import {
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

/** @see configuredClusters */
export const configured = (settings: Settings, name: string | undefined): ClusterSettings[] =>
  configuredClusters(settings, name)

/** @see readableClusters */
export const readable = (settings: Settings, name: string | undefined): Promise<ClusterSettings[]> =>
  readableClusters(knownClusters(settings), name)

/** @see restorableCluster */
export const restorable = (settings: Settings, name: string | undefined): Promise<ClusterSettings> =>
  restorableCluster(knownClusters(settings), name)
