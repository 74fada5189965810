import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'

const QUARTER = 15 * 60_000
const HOUR = 4 * QUARTER
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 10, 22)

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-prune-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(place, 'store-'))
})

/** The store as seen at a time. */
const at = (time: number) => snapshotStore(folderStore(folder), () => time)
const write = (takenAt: number, clusterId = 'one') =>
  at(takenAt).write(snapshotOf([commitOf()], { takenAt, clusterId }))
const pruneAt = (time: number) => at(time).prune('prod', time)

const fileOf = (key: string) => join(folder, key)
const loseRowsOf = (takenAt: number) => rmSync(fileOf(parquetKey('prod', takenAt)))
const addRowsOf = (takenAt: number) => {
  const orphan = fileOf(parquetKey('prod', takenAt))
  mkdirSync(dirname(orphan), { recursive: true })
  writeFileSync(orphan, 'rows')
}

/** Hours after midnight of the first day. */
const left = async () =>
  (await Array.fromAsync(at(midnight + 1000 * DAY).heads('prod', 0, midnight + 1000 * DAY))).map(
    ({ takenAt }) => (takenAt - midnight) / HOUR,
  )
const rows = async (takenAt: number) =>
  (await folderStore(folder).read(parquetKey('prod', takenAt))) !== undefined

describe('the last snapshot of a cluster that was replaced', () => {
  test.each([20, 100, 400, 1000])('is kept for %d days', async days => {
    for (const since of [0, 1, 6]) await write(midnight + since * QUARTER, 'old')
    await write(midnight + 2 * HOUR, 'new')
    await write(midnight + days * DAY, 'new')
    await pruneAt(midnight + days * DAY)
    expect(await left()).toContain(1.5)
  })

  test('is kept for each cluster that ever had the name', async () => {
    const ids = ['a', 'a', 'b', 'b', 'c', 'c']
    for (const [i, id] of ids.entries()) await write(midnight + i * QUARTER, id)
    await write(midnight + 1000 * DAY, 'd')
    expect(await pruneAt(midnight + 1000 * DAY)).toEqual({ removed: 3, kept: 4, orphans: 0 })
    expect(await left()).toEqual([0.25, 0.75, 1.25, 24_000])
  })

  test('is the last one that verifies', async () => {
    for (const since of [0, 1, 2]) await write(midnight + since * QUARTER, 'old')
    loseRowsOf(midnight + 2 * QUARTER)
    await write(midnight + 1000 * DAY, 'new')
    await pruneAt(midnight + 1000 * DAY)
    expect(await left()).toEqual([0.25, 24_000])
  })
})

describe('the first snapshot of a day or an hour', () => {
  test.each([
    { which: 'first of its day', broken: [0], days: 20, stays: [0, 0.25, 1, 2, 2.25] },
    { which: 'first of its day', broken: [0], days: 100, stays: [0, 0.25, 2.25] },
    { which: 'first two of its day', broken: [0, 0.25], days: 100, stays: [0, 1, 2.25] },
    { which: 'first of an hour', broken: [1], days: 20, stays: [0, 1, 1.25, 2, 2.25] },
    { which: 'first of an hour', broken: [1], days: 100, stays: [0, 2.25] },
    { which: 'last of its day', broken: [2.25], days: 20, stays: [0, 1, 2] },
  ])('is the first that verifies: $which broken, $days days later', async ({ broken, days, stays }) => {
    for (const hours of [0, 0.25, 1, 1.25, 2, 2.25]) await write(midnight + hours * HOUR)
    for (const hours of broken) loseRowsOf(midnight + hours * HOUR)
    await write(midnight + days * DAY)
    await pruneAt(midnight + days * DAY)
    expect(await left()).toEqual([...stays, days * 24])
  })
})

describe('the last snapshot before a gap of more than a day', () => {
  test('is kept after a clock was ahead', async () => {
    for (const since of [0, 1, 2]) await write(midnight + since * QUARTER)
    for (const since of [0, 1]) await write(midnight + 40 * DAY + since * QUARTER)
    await pruneAt(midnight + 40 * DAY + HOUR)
    expect(await left()).toContain(0.5)
    expect((await at(midnight + HOUR).newest('prod'))?.head.takenAt).toBe(midnight + 2 * QUARTER)
  })

  test('is the last one that verifies', async () => {
    for (const since of [0, 1, 2]) await write(midnight + since * QUARTER)
    loseRowsOf(midnight + 2 * QUARTER)
    await write(midnight + 40 * DAY)
    await pruneAt(midnight + 40 * DAY)
    expect(await left()).toEqual([0, 0.25, 40 * 24])
  })
})

describe('a Parquet file without a manifest', () => {
  test('is removed and counted if it is older than the oldest manifest by more than a day', async () => {
    await write(midnight)
    await write(midnight + 2 * DAY)
    for (const hours of [-48, -25, -24, -1, 1, 30]) addRowsOf(midnight + hours * HOUR)
    expect(await pruneAt(midnight + 3 * DAY)).toEqual({ removed: 0, kept: 2, orphans: 2 })
    const there = [-48, -25, -24, -1, 0, 1, 30, 48].map(hours => rows(midnight + hours * HOUR))
    expect(await Promise.all(there)).toEqual([false, false, true, true, true, true, true, true])
  })

  test('stays if there is no manifest', async () => {
    for (const days of [0, 1, 2]) await write(midnight + days * DAY)
    renameSync(fileOf('manifests'), fileOf('elsewhere'))
    expect(await pruneAt(midnight + 500 * DAY)).toEqual({ removed: 0, kept: 0, orphans: 0 })
    for (const days of [0, 1, 2]) expect(await rows(midnight + days * DAY)).toBe(true)
  })

  test('stays if no snapshot verifies', async () => {
    await write(midnight)
    addRowsOf(midnight - 10 * DAY)
    writeFileSync(fileOf(manifestKey('prod', midnight)), '')
    expect(await pruneAt(midnight + 500 * DAY)).toEqual({ removed: 0, kept: 1, orphans: 0 })
    expect(await rows(midnight - 10 * DAY)).toBe(true)
  })
})

test('the newest snapshot that verifies stays whatever its age, and so do all newer ones', async () => {
  for (const since of [0, 1, 2, 3]) await write(midnight + since * QUARTER)
  for (const since of [2, 3]) loseRowsOf(midnight + since * QUARTER)
  await pruneAt(midnight + 1000 * DAY)
  expect(await left()).toEqual(expect.arrayContaining([0.25, 0.5, 0.75]))
  expect((await at(midnight + 1000 * DAY).newest('prod'))?.head.takenAt).toBe(midnight + QUARTER)
})
