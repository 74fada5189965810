import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { longestFirst } from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { takeSnapshot } from '../jobs/take-snapshot.ts'
import { connect, mustNameBrokers } from '../kafka/connection/connection.ts'
import { readCluster } from '../kafka/scan/read-cluster.ts'
import { forgetTimings, timed } from '../timed.ts'
import { toolVersion } from './settings.ts'
import { alertsOf, restoresOf, snapshotsOf } from './store.ts'

export interface SnapshotOptions {
  signal?: AbortSignal
  acceptCluster?: string | undefined
  progress?: (phase: string, done: number, total: number) => void
}

/** @throws Failure with exit code 2, since no later run could take a snapshot, either */
export const mustKnowBrokers = ({ kafka }: ClusterSettings): void => mustNameBrokers(kafka)

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
              interval: settings.interval,
              clockSkew: settings.clockSkew,
            },
            now: Date.now,
            signal,
            progress,
          }),
      },
      snapshots: snapshotsOf(settings),
      restores: restoresOf(settings),
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
