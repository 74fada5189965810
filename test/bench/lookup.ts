import { folderStore } from '../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../functions/store/objects/object-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'

/** The cost of a lookup of one group: reads of the Parquet file, their bytes, and the bytes of the manifest. */
export async function costOfLookup(folder: string, cluster: string, group: string) {
  const cost = { reads: 0, bytes: 0, manifest: 0, rows: 0 }
  const objects = folderStore(folder)
  const counted: ObjectStore = {
    ...objects,
    async read(key, range) {
      const bytes = await objects.read(key, range)
      if (key.endsWith('.json')) cost.manifest += bytes?.length ?? 0
      else {
        cost.reads++
        cost.bytes += bytes?.length ?? 0
      }
      return bytes
    },
  }
  const snapshot = await snapshotStore(counted).readGroup(cluster, Date.now(), group)
  return { ...cost, rows: snapshot?.commits.length ?? 0 }
}
