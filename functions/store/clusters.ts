import { clusterOfManifest, manifests, manifestsBeyond, takenAtOf } from './keys.ts'
import type { ObjectStore } from './objects/object-store.ts'

/**
 * The names of the clusters with snapshots in the store. Needs one listing for each cluster, and one more. Other
 * people's files, such as a backup beside the folders, count for nothing.
 */
export async function clustersIn(objects: ObjectStore): Promise<string[]> {
  const clusters: string[] = []
  for (let after: string | undefined; ; ) {
    const key = await firstManifest(objects.list(manifests, after))
    if (key === undefined) return clusters.sort()
    const cluster = clusterOfManifest(key)
    if (cluster !== undefined) clusters.push(cluster)
    after = manifestsBeyond(key)
  }
}

async function firstManifest(keys: AsyncIterable<string>): Promise<string | undefined> {
  for await (const key of keys) if (takenAtOf(key) !== undefined) return key
  return undefined
}
