import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'

/** The clusters that a command may use: those of the settings, and those with snapshots in the store. */
export interface KnownClusters extends Pick<Settings, 'clusters' | 'store'> {
  /** True if the settings name their clusters; otherwise they have only the default cluster. */
  isNamed: boolean
  /** Path of the settings file; undefined: the settings come from the environment. */
  configFile: string | undefined
  stored: () => Promise<string[]>
  /** The settings of a cluster that is not configured, with the default levels and rules. */
  byDefaults: (name: string) => ClusterSettings
}

/**
 * The configured cluster of this name, or all clusters.
 * @throws Failure (exit code 2) if no cluster has this name
 */
export function configuredClusters(
  { clusters }: Pick<Settings, 'clusters'>,
  name: string | undefined,
): ClusterSettings[] {
  const found = name === undefined ? clusters : clusters.filter(cluster => cluster.name === name)
  if (found.length > 0) return found
  throw new Failure(
    `cluster "${name}" is not configured: choose ${clusters.map(cluster => `"${cluster.name}"`).join(' or ')}.`,
    { exitCode: 2 },
  )
}

/**
 * The clusters for a command that only reads the store. Such a command works without a configured cluster.
 * @param name undefined: the configured clusters, or all of the store if the settings name none
 * @throws Failure (exit code 2) if the cluster is neither configured nor in the store
 */
export async function readableClusters(
  { clusters, store, isNamed, stored: readStored, byDefaults }: KnownClusters,
  name: string | undefined,
): Promise<ClusterSettings[]> {
  const configured = clusters.filter(cluster => name === undefined || cluster.name === name)
  if (configured.length > 0 && (name !== undefined || isNamed)) return configured

  const stored = await readStored()
  const asked = name ?? clusters[0]?.name ?? ''
  if (configured.length > 0 && (stored.length === 0 || stored.includes(asked))) return configured
  if (name === undefined) return stored.map(byDefaults)
  if (stored.includes(name)) return [byDefaults(name)]

  const known = new Set([...(isNamed ? clusters.map(cluster => cluster.name) : []), ...stored])
  const remedy =
    known.size > 0
      ? `choose ${[...known].map(name => `"${name}"`).join(' or ')}, or check WATCHDOG_STORE.`
      : 'check WATCHDOG_STORE.'
  throw new Failure(`cluster "${name}" is neither configured nor in the store ${store}: ${remedy}`, {
    exitCode: 2,
  })
}

/**
 * Like `readableClusters`, for a command whose answer does not depend on a snapshot: in a wrong store it would find
 * nothing, or change something that no `watch` reads.
 * @throws Failure also if the store has no snapshot of any of these clusters
 */
export async function clustersWithSnapshots(
  known: KnownClusters,
  name: string | undefined,
): Promise<ClusterSettings[]> {
  const clusters = await readableClusters(known, name)
  const stored = await known.stored()
  if (clusters.some(cluster => stored.includes(cluster.name))) return clusters
  const missing = quoted(clusters.map(cluster => cluster.name))
  const others = stored.length > 0 ? `, only of ${quoted(stored)}` : ''
  throw new Failure(
    `the store ${known.store} has no snapshot of cluster ${missing}${others}: correct WATCHDOG_STORE or the name of ` +
      'the cluster, or take a snapshot first.',
  )
}

const quoted = (names: readonly string[]) => names.map(name => `"${name}"`).join(' or ')

export type ListedStore = Pick<KnownClusters, 'store' | 'stored'>

/**
 * All clusters of several stores, with their settings if they are configured. Clusters of the same name in two stores
 * are different clusters.
 * @param name undefined: all clusters
 * @returns `failures`: why a store adds no cluster; the other stores are still read
 */
export async function clustersOfStores(
  stores: readonly ListedStore[],
  { clusters, byDefaults }: Pick<KnownClusters, 'clusters' | 'byDefaults'>,
  name: string | undefined,
): Promise<{ found: { store: string; cluster: ClusterSettings }[]; failures: Failure[] }> {
  const failures: Failure[] = []
  const listings = await Promise.all(
    stores.map(async ({ store, stored }) => {
      const names = await stored().catch(error => {
        if (!(error instanceof Failure)) throw error
        failures.push(error)
        return undefined
      })
      if (names?.length === 0)
        failures.push(new Failure(`the store ${store} has no snapshot yet: ${emptyRemedy}`))
      return (names ?? []).map(storedName => ({
        store,
        cluster: clusters.find(cluster => cluster.name === storedName) ?? byDefaults(storedName),
      }))
    }),
  )
  const all = listings.flat()
  const found = all.filter(({ cluster }) => name === undefined || cluster.name === name)
  if (found.length === 0 && all.length > 0) {
    const known = new Set(all.map(({ cluster }) => `"${cluster.name}"`))
    const sentence = `cluster "${name}" is in none of the stores that can be read: choose ${[...known].join(' or ')}.`
    // If a store cannot be read, that store may have the cluster.
    failures.push(new Failure(sentence, { exitCode: failures.length > 0 ? 3 : 2 }))
  }
  return { found, failures }
}

const emptyRemedy = 'take one with `snapshot`, or correct the name of the store.'

/**
 * The cluster to restore in, whose Kafka has to be configured.
 * @throws Failure (exit code 2) that names the missing settings
 */
export async function restorableCluster(
  known: KnownClusters,
  name: string | undefined,
): Promise<ClusterSettings> {
  const [cluster, ...others] = await readableClusters(known, name)
  if (cluster === undefined || others.length > 0) {
    const names = [cluster, ...others].map(named => named?.name).join(', ')
    throw new Failure(`there are several clusters (${names}): choose one.`, {
      exitCode: 2,
      inputs: ['cluster'],
    })
  }
  if (known.clusters.includes(cluster)) return cluster

  const remedy = known.configFile
    ? `add it to ${known.configFile} with its kafka.brokers`
    : `set WATCHDOG_CLUSTER=${cluster.name} and KAFKA_BROKERS`
  throw new Failure(
    `the store has cluster "${cluster.name}", but a restore writes to its Kafka, which is not configured: ${remedy}, and ` +
      'what its security needs (docs/settings.md).',
    { exitCode: 2 },
  )
}
