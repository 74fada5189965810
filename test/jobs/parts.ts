import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAlertState } from '../../functions/core/alerts/alert-state.ts'
import type { ClusterSettings } from '../../functions/core/model/settings.ts'
import type { Reading } from '../../functions/core/reading.ts'
import type { Snapshot, SnapshotHead } from '../../functions/core/snapshot.ts'
import { takeSnapshot } from '../../functions/jobs/take-snapshot.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { manifestKey, parquetKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { restoreStore } from '../../functions/store/restores.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { policy } from '../builders/commits.ts'
import { plaintext } from '../builders/kafka-settings.ts'
import { clockSkew, DAY, monday } from '../core/readings.ts'

/** A person at a terminal. */
export const kari = { id: null, name: 'kari', team: null }

export const cluster: ClusterSettings = {
  name: 'prod',
  kafka: plaintext('localhost:9092'),
  msk: undefined,
  groups: undefined,
  retention: undefined,
  policy,
}

/** A store in a new folder, which `remove` deletes. `now` is the store's clock, ms since the epoch. */
export async function aStore(now = () => monday + 10_000 * DAY) {
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-'))
  const objects = folderStore(folder)
  const alerts = alertStore(objects, parseAlertState)
  let clock = now
  const snapshots = snapshotStore(objects, () => clock())
  const restores = restoreStore(objects)
  return {
    folder,
    snapshots,
    restores,
    alerts,
    /** Damages the snapshot of this time, so that it fails verification. */
    damage: (time: number) => writeFile(join(folder, parquetKey(cluster.name, time)), 'PAR1'),

    /** Removes the snapshot, as a person or a restored backup may. */
    async lose(time: number): Promise<void> {
      await rm(join(folder, manifestKey(cluster.name, time)))
      await rm(join(folder, parquetKey(cluster.name, time)))
    },

    /** Sets the store's clock. Before this, the clock is later than every snapshot. */
    setClock(time: number): void {
      clock = () => time
    },
    remove: () => rm(folder, { recursive: true }),

    /** Takes a snapshot; the cluster answers with this reading. */
    take(
      reading: Reading,
      changes: Partial<ClusterSettings> = {},
      acceptCluster?: string,
    ): Promise<SnapshotHead> {
      return takeSnapshot({
        cluster: { ...cluster, ...changes },
        kafka: { clusterId: reading.clusterId, read: async () => reading },
        snapshots,
        restores,
        alerts,
        toolVersion: '0.0.0',
        clockSkew,
        now: () => clock(),
        acceptCluster,
      })
    },

    async newest(): Promise<Snapshot> {
      const snapshot = await snapshots.newest(cluster.name)
      if (snapshot === undefined) throw new Error('there is no snapshot')
      return snapshot
    },
  }
}
