import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { clustersIn } from '../../functions/store/clusters.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../functions/store/objects/object-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'

const noon = Date.UTC(2026, 10, 22, 12)
let folder: string
let objects: ObjectStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusters-'))
  objects = folderStore(folder)
  for (const cluster of ['prod', 'dev'])
    await snapshotStore(objects, () => noon).write(
      snapshotOf([commitOf({ group: 'a' })], { cluster, takenAt: noon, finishedAt: noon }),
    )
})
afterEach(() => rm(folder, { recursive: true }))

test.each([
  ['nothing else', []],
  ['an archive beside the folder of a cluster', ['manifests/cluster=prod.tgz']],
  ['a file whose name sorts before all clusters', ['manifests/cluster=0']],
  [
    'the copy of a folder, whose name no cluster can have',
    ['manifests/cluster=dev copy/dt=2026-11-22/20261122T120000.000Z.json'],
  ],
  ['a folder without a name', ['manifests/cluster=/dt=2026-11-22/20261122T120000.000Z.json']],
  [
    'a folder without a manifest',
    ['manifests/cluster=old/README', 'manifests/cluster=old/dt=2026-11-22/x.json'],
  ],
  ['the copy of a day', ['manifests/cluster=prod/dt=2026-11-22 copy/20261122T110000.000Z.json']],
  [
    'a manifest in the folder of another day',
    ['manifests/cluster=prod/dt=2026-01-01/20261122T110000.000Z.json'],
  ],
])('the clusters and their snapshots, in a store with %s', async (_, others) => {
  for (const key of others) await objects.create(key, new Uint8Array([1]))
  expect(await clustersIn(objects)).toEqual(['dev', 'prod'])
  const snapshots = snapshotStore(objects, () => noon)
  expect(await Array.fromAsync(snapshots.timesBack('prod', noon))).toEqual([noon])
  expect(await snapshots.prune('prod', noon)).toEqual({ removed: 0, kept: 1, orphans: 0 })
})

test('prune removes no copy of a Parquet file', async () => {
  const copy = 'snapshots/cluster=prod/backup/20200101T000000.000Z.parquet'
  await objects.create(copy, new Uint8Array([1]))
  await objects.create(
    'snapshots/cluster=prod/dt=2020-01-01/20200101T000000.000Z.parquet',
    new Uint8Array([1]),
  )
  expect(await snapshotStore(objects, () => noon).prune('prod', noon)).toMatchObject({ orphans: 1 })
  expect(await objects.read(copy)).toBeDefined()
})
