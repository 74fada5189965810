import { readFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { readSettings } from '../config/settings.ts'
import { parseAlertState } from '../core/alerts/alert-state.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { longestFirst } from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import type { Alerts } from '../jobs/ports.ts'
import { takeSnapshot } from '../jobs/take-snapshot.ts'
import { connect } from '../kafka/connection/connection.ts'
import { readCluster } from '../kafka/scan/read-cluster.ts'
import { alertStore } from '../store/alerts.ts'
import { openStore } from '../store/objects/open-store.ts'
import { restoreStore } from '../store/restores.ts'
import { type SnapshotStore, snapshotStore } from '../store/snapshots/snapshots.ts'
import { forgetTimings, timed } from '../timed.ts'

/** Settings become real parts here, and only here. */

export const toolVersion = packageJson.version

export const settingsOfEnvironment = (): Settings =>
  readSettings(process.env, path => readFileSync(path, 'utf8'))

/** The clusters that were asked for: one by its name, or all. */
export function chosen({ clusters }: Settings, name: string | undefined): ClusterSettings[] {
  const found = name === undefined ? clusters : clusters.filter(cluster => cluster.name === name)
  if (found.length > 0) return found
  throw new Failure(
    `cluster "${name}" is not configured: choose ${clusters.map(cluster => `"${cluster.name}"`).join(' or ')}.`,
    { exitCode: 2 },
  )
}

export const snapshotsOf = ({
  store,
  storeLock,
  clockSkew,
}: Pick<Settings, 'store' | 'storeLock' | 'clockSkew'>): SnapshotStore =>
  snapshotStore(openStore(store, storeLock), Date.now, clockSkew)

export const alertsOf = (settings: Settings): Alerts => alertStore(openStore(settings.store), parseAlertState)

export interface SnapshotOptions {
  signal?: AbortSignal
  acceptCluster?: string | undefined
  progress?: (phase: string, done: number, total: number) => void
}

export async function snapshotCluster(
  settings: Settings,
  cluster: ClusterSettings,
  { signal = new AbortController().signal, acceptCluster, progress = () => {} }: SnapshotOptions = {},
): Promise<SnapshotHead> {
  forgetTimings()
  const connection = await timed('connect', () => connect(cluster.kafka, { signal }))
  try {
    const { groups, retention } = cluster
    return await takeSnapshot({
      cluster,
      kafka: {
        clusterId: connection.clusterId,
        read: previous =>
          readCluster(connection, {
            previous,
            groups,
            retention,
            log: { budget: settings.log, clockSkew: settings.clockSkew },
            recordsHorizon: {
              level: longestFirst(cluster.policy),
              margin: settings.interval + settings.clockSkew,
            },
            now: Date.now,
            signal,
            progress,
          }),
      },
      snapshots: snapshotsOf(settings),
      restores: restoreStore(openStore(settings.store)),
      alerts: alertsOf(settings),
      now: Date.now,
      toolVersion,
      clockSkew: settings.clockSkew,
      acceptCluster,
      signal,
    })
  } finally {
    await connection.close()
  }
}
