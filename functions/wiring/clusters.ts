import { clusterByDefaults } from '../config/settings.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { clustersIn } from '../store/clusters.ts'
import { openStore } from '../store/objects/open-store.ts'

/**
 * The clusters that a command which only reads the store was asked for. A store knows its clusters, so that nobody has to
 * configure one to look into it: one that is not configured has the default levels and rules.
 *
 * @param name undefined: the configured ones, or all of the store where nobody has named any
 * @throws Failure (exit code 2) where the cluster is neither configured nor in the store
 */
export async function readable(
  settings: Settings,
  name: string | undefined,
  { WATCHDOG_CLUSTER, WATCHDOG_CONFIG }: NodeJS.ProcessEnv = process.env,
): Promise<ClusterSettings[]> {
  const { clusters } = settings
  const isNamed = Boolean(WATCHDOG_CLUSTER || WATCHDOG_CONFIG)
  const configured = clusters.filter(cluster => name === undefined || cluster.name === name)
  if (configured.length > 0 && (name !== undefined || isNamed)) return configured

  const stored = await clustersIn(openStore(settings.store))
  const asked = name ?? clusters[0]?.name ?? ''
  if (configured.length > 0 && (stored.length === 0 || stored.includes(asked))) return configured
  if (name === undefined) return stored.map(clusterByDefaults)
  if (stored.includes(name)) return [clusterByDefaults(name)]

  const known = new Set([...(isNamed ? clusters.map(cluster => cluster.name) : []), ...stored])
  const remedy =
    known.size > 0
      ? `choose ${[...known].map(name => `"${name}"`).join(' or ')}, or check WATCHDOG_STORE.`
      : 'check WATCHDOG_STORE.'
  throw new Failure(`cluster "${name}" is neither configured nor in the store ${settings.store}: ${remedy}`, {
    exitCode: 2,
  })
}

/**
 * The one cluster to restore in, for which Kafka has to be configured.
 * @throws Failure (exit code 2) that says which settings are missing
 */
export async function restorable(
  settings: Settings,
  name: string | undefined,
  { WATCHDOG_CONFIG }: NodeJS.ProcessEnv = process.env,
): Promise<ClusterSettings> {
  const [cluster, ...others] = await readable(settings, name)
  if (cluster === undefined || others.length > 0) {
    const names = [cluster, ...others].map(named => named?.name).join(', ')
    throw new Failure(`there are several clusters (${names}): choose one with --cluster.`, { exitCode: 2 })
  }
  if (settings.clusters.includes(cluster)) return cluster

  const remedy = WATCHDOG_CONFIG
    ? `add it to ${WATCHDOG_CONFIG} with its kafka.brokers`
    : `set WATCHDOG_CLUSTER=${cluster.name} and KAFKA_BROKERS`
  throw new Failure(
    `the store has cluster "${cluster.name}", but a restore writes to its Kafka, which is not configured: ${remedy}, and ` +
      'what its security needs (docs/settings.md).',
    { exitCode: 2 },
  )
}
