import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Snapshot } from '../../functions/core/snapshot.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { type SnapshotStore, snapshotStore } from '../../functions/store/snapshots/snapshots.ts'

export interface TestStore extends AsyncDisposable {
  folder: string
  snapshots: SnapshotStore
  /** Settings of a cluster "prod" whose Kafka is out of reach. Commands that only read the store work. */
  settings: NodeJS.ProcessEnv
}

/** A store in a new folder, with the given snapshots. */
export async function storeOf(...taken: Snapshot[]): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-'))
  const snapshots = snapshotStore(openStore(folder))
  for (const snapshot of taken) await snapshots.write(snapshot)
  return {
    folder,
    snapshots,
    settings: { WATCHDOG_STORE: folder, WATCHDOG_CLUSTER: 'prod' },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
