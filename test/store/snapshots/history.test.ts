import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../../functions/store/objects/object-store.ts'
import { type SnapshotStore, snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'

const HOUR = 3600_000
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 10, 22)

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-history-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
let objects: ObjectStore
let snapshots: SnapshotStore
const keys = (prefix: string) => Array.fromAsync(objects.list(prefix))
const write = (time: number) => snapshots.write(snapshotOf([commitOf()], { takenAt: time }))

/** Clock of the machine that reads and prunes, ms since the epoch. */
let clock = 0

beforeEach(() => {
  clock = midnight + 1000 * DAY
  folder = mkdtempSync(join(place, 'store-'))
  objects = folderStore(folder)
  snapshots = snapshotStore(objects, () => clock)
})

describe('the history', () => {
  test('has the heads between two times', async () => {
    for (const hours of [0, 1, 2, 30]) await write(midnight + hours * HOUR)
    const heads = await Array.fromAsync(snapshots.heads('prod', midnight + HOUR, midnight + 30 * HOUR))
    expect(heads.map(head => (head.takenAt - midnight) / HOUR)).toEqual([1, 2, 30])
    expect(heads[0]).toMatchObject({ cluster: 'prod', complete: true, counts: { commits: 1 } })
  })

  const quarters = [0, 0.25, 1, 1.25, 2]

  // The last snapshot before a gap of more than a day stays, here that of 2:00.
  test.each([
    ['nothing', 14, quarters],
    ['all but the first of its hour', 15, [0, 1, 2]],
    ['all but the first of its hour', 89, [0, 1, 2]],
    ['all but the first of its day', 91, [0, 2]],
    ['all but the last', 397, [2]],
  ])('loses %s after %d days', async (_, days, left) => {
    for (const hours of quarters) await write(midnight + hours * HOUR)
    await write(midnight + 400 * DAY)
    const pruned = await snapshots.prune('prod', midnight + days * DAY)
    expect(pruned).toEqual({ removed: 5 - left.length, kept: 1 + left.length, orphans: 0 })

    const heads = await Array.fromAsync(snapshots.heads('prod', 0, midnight + DAY))
    expect(heads.map(head => (head.takenAt - midnight) / HOUR)).toEqual(left)
    expect(await keys('snapshots/')).toHaveLength(1 + left.length)
  })

  test('never loses the newest snapshot that verifies, nor newer ones', async () => {
    for (const hours of [0, 1, 2]) await write(midnight + hours * HOUR)
    rmSync(join(folder, parquetKey('prod', midnight + 2 * HOUR)))
    await write(midnight + 1000 * DAY)
    rmSync(join(folder, parquetKey('prod', midnight + 1000 * DAY)))
    expect(await snapshots.prune('prod', midnight + 1000 * DAY)).toEqual({ removed: 0, kept: 4, orphans: 0 })
    expect((await snapshots.newest('prod'))?.head.takenAt).toBe(midnight + HOUR)
  })

  test.each([
    ['is right', 0],
    ['is ahead by 400 days', 400 * DAY],
    ['is slow by 400 days', -400 * DAY],
  ])('keeps everything of the last 14 days if the clock %s', async (_, wrongBy) => {
    for (const hours of quarters) await write(midnight + hours * HOUR)
    clock = midnight + DAY + wrongBy
    expect(await snapshots.prune('prod', clock)).toEqual({ removed: 0, kept: quarters.length, orphans: 0 })
  })

  test('keeps a snapshot that does not verify as long as others', async () => {
    for (const hours of [0, 0.25, 1, 2]) await write(midnight + hours * HOUR)
    await write(midnight + 400 * DAY)
    writeFileSync(join(folder, manifestKey('prod', midnight + 0.25 * HOUR)), '')
    expect(await snapshots.prune('prod', midnight + 390 * DAY)).toEqual({ removed: 1, kept: 4, orphans: 0 })
    expect(await snapshots.prune('prod', midnight + 397 * DAY)).toEqual({ removed: 2, kept: 2, orphans: 0 })
  })

  test('is not pruned if the store thins it', async () => {
    const elsewhere = snapshotStore({ ...objects, remove: undefined })
    await expect(elsewhere.prune('prod', midnight)).rejects.toMatchObject({ exitCode: 2 })
  })
})
