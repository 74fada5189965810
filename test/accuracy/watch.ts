import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSettings } from '../../functions/config/settings.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import type { ClusterSettings, Settings } from '../../functions/core/model/settings.ts'
import type { SnapshotHead } from '../../functions/core/snapshot.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { snapshotsOf } from '../../functions/wiring/store.ts'
import { grant, type Right, rightsToWatch } from '../brokers/acls.ts'
import type { SecuredKafka } from '../brokers/secured.ts'
import { keyOf } from './history.ts'
import type { WatchMode } from './scenario.ts'

/** A snapshot as it was stored and read back. */
export interface Reading {
  head: SnapshotHead
  commits: ReadonlyMap<string, Commit>
}

export interface Watch {
  mode: WatchMode
  readings: Reading[]
  /** The reasons why snapshots are missing, by time. */
  missed: string[]
}

/** A watch that continues until its signal is aborted. */
export interface GoingWatch extends Watch {
  ended: Promise<void>
}

/** ms between two snapshots. */
const INTERVAL = 5000

/**
 * Takes a snapshot every five seconds, like the command, into its own folder. Each mode has its own user with the least
 * rights: only the `exact` user may READ `__consumer_offsets`.
 * @param from ms since the epoch, the start
 */
export function watch(kafka: SecuredKafka, mode: WatchMode, from: number, signal: AbortSignal): GoingWatch {
  const result: Watch = { mode, readings: [], missed: [] }
  return { ...result, ended: takeSnapshots(kafka, result, from, signal) }
}

async function takeSnapshots(
  kafka: SecuredKafka,
  result: Watch,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  const { mode } = result
  const folder = await mkdtemp(join(tmpdir(), `accuracy-${mode}-`))
  try {
    const settings = readSettings(
      {
        ...users[mode](kafka),
        WATCHDOG_CLUSTER: mode,
        WATCHDOG_STORE: folder,
        WATCHDOG_INTERVAL: '5s',
        WATCHDOG_CLOCK_SKEW: '0s',
      },
      () => '',
    )
    for (let next = from; !signal.aborted; next = Math.max(next + INTERVAL, Date.now())) {
      await sleep(Math.max(0, next - Date.now()), undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      for (const cluster of settings.clusters) await look(settings, cluster, result)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function look(settings: Settings, cluster: ClusterSettings, { readings, missed }: Watch) {
  try {
    await snapshotCluster(settings, cluster)
  } catch (error) {
    // While the only broker is away there is no snapshot; the next one catches up, as in production.
    missed.push(error instanceof Error ? error.message : String(error))
    return
  }
  const snapshot = await snapshotsOf(settings).newest(cluster.name)
  if (snapshot === undefined) throw new Error('a snapshot was taken and cannot be read')
  const commits = new Map([...snapshot.commits].map(commit => [keyOf(commit), commit]))
  readings.push({ head: snapshot.head, commits })
}

const users = {
  observed: ({ sasl, user }: SecuredKafka) => ({
    KAFKA_BROKERS: sasl.join(),
    KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: user.username,
    KAFKA_SASL_PASSWORD: user.password,
  }),
  exact: ({ mtls, ca, client }: SecuredKafka) => ({
    KAFKA_BROKERS: mtls.join(),
    KAFKA_CA: ca,
    KAFKA_CERTIFICATE: client.certificate,
    KAFKA_PRIVATE_KEY: client.privateKey,
  }),
} satisfies Record<WatchMode, (kafka: SecuredKafka) => NodeJS.ProcessEnv>

/** Only READ on `__consumer_offsets` makes the difference. */
export async function grantRights(bootstrap: readonly string[]): Promise<void> {
  const read: Right = { on: 'TOPIC', operation: 'READ', name: '__consumer_offsets' }
  await grant(bootstrap, 'User:watchdog', rightsToWatch)
  await grant(bootstrap, 'User:CN=watchdog', [...rightsToWatch, read])
}
