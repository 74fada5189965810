import { clusterOfManifest, manifests, manifestsBeyond } from './keys.ts'
import type { ObjectStore } from './objects/object-store.ts'

/** The names of the clusters with snapshots in the store. Needs one listing for each, and one more. */
export async function clustersIn(objects: ObjectStore): Promise<string[]> {
  const clusters: string[] = []
  for (let after: string | undefined; ; ) {
    const key = await first(objects.list(manifests, after))
    if (key === undefined) return clusters.sort()
    const cluster = clusterOfManifest(key)
    clusters.push(cluster)
    after = manifestsBeyond(cluster)
  }
}

async function first(keys: AsyncIterable<string>): Promise<string | undefined> {
  for await (const key of keys) return key
  return undefined
}
