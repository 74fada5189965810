import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Problem } from '../../../functions/core/model/commit.ts'
import type { Snapshot } from '../../../functions/core/snapshot.ts'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../../functions/store/objects/object-store.ts'
import { type SnapshotStore, snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { hostileTexts } from './arbitrary.ts'

const HOUR = 3600_000
const DAY = 24 * HOUR

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-snapshots-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
let objects: ObjectStore
let snapshots: SnapshotStore
let skipped: Problem[]
const onSkipped = (problem: Problem) => skipped.push(problem)
const keys = (prefix: string) => Array.fromAsync(objects.list(prefix))

beforeEach(() => {
  folder = mkdtempSync(join(place, 'store-'))
  objects = folderStore(folder)
  snapshots = snapshotStore(objects, () => takenAt + HOUR)
  skipped = []
})

const write = (time: number, group = 'spedisjon-v1') =>
  snapshots.write(snapshotOf([commitOf({ group })], { takenAt: time, finishedAt: time + 4000 }))

const lostAt = (offset: bigint) => ({
  offset,
  topicId: null,
  leaderEpoch: null,
  metadata: null,
  seenAt: takenAt - HOUR,
  lostBy: takenAt,
  resetTo: -1001n,
  foundInState: 'Stable',
})

describe('writing', () => {
  test.each([
    ['before it begins', 0, []],
    ['after the rows', 1, ['snapshots/']],
  ])('that is stopped %s leaves no snapshot', async (_, after, left) => {
    const stop = new AbortController()
    let created = 0
    const create: ObjectStore['create'] = async (...args) => {
      await objects.create(...args)
      if (++created === after) stop.abort(new Error('time is up'))
    }
    if (after === 0) stop.abort(new Error('time is up'))
    const stopped = snapshotStore({ ...objects, create }).write(snapshotOf([commitOf()]), {
      signal: stop.signal,
    })
    await expect(stopped).rejects.toThrow('time is up')
    expect((await keys('')).map(key => key.replace(/cluster=.*/, ''))).toEqual(left)
    expect(await snapshots.newest('prod')).toBeUndefined()
  })

  test('a snapshot with untrusted names is read back unchanged', async () => {
    const commits = hostileTexts.map(text => commitOf({ group: text, topic: text, metadata: text }))
    const problems: Problem[] = [
      { scope: { group: '../../x', partition: 3 }, code: 'not-authorized', message: 'no DESCRIBE on "x"' },
      { scope: { broker: 2 }, code: 'unreachable', message: 'connection refused' },
    ]
    const retention = [{ broker: 1, retention: null, sweep: 1000, source: 'settings' as const }]
    const snapshot = snapshotOf(commits, { complete: false, problems, retention })
    await snapshots.write(snapshot)

    const read = await snapshots.newest('prod')
    expect(read?.head).toEqual(snapshot.head)
    expect([...(read?.commits ?? [])]).toEqual([...snapshot.commits])
    expect(await keys('')).toEqual([
      'manifests/cluster=prod/dt=2026-11-22/20261122T140000.123Z.json',
      'snapshots/cluster=prod/dt=2026-11-22/20261122T140000.123Z.parquet',
    ])
  })

  test('a negative offset of an earlier version is read as the loss of the offset before', async () => {
    const before = { ...lostAt(60n), reason: 'moved-back' as const }
    await snapshots.write(snapshotOf([commitOf({ group: 'g', offset: -1001n, previousCommit: before })]))
    const lost = [{ offset: 60n, gone: { reason: 'negative' } }]
    expect([...((await snapshots.newest('prod'))?.commits ?? [])]).toMatchObject(lost)
    expect([...((await snapshots.readGroup('prod', takenAt, 'g'))?.commits ?? [])]).toMatchObject(lost)
  })

  test('a cluster without commits has a snapshot, too', async () => {
    await snapshots.write(snapshotOf([]))
    expect((await snapshots.newest('prod'))?.commits.length).toBe(0)
    expect((await snapshots.readGroup('prod', takenAt, 'any'))?.commits.length).toBe(0)
  })

  test('the same snapshot again succeeds; another one of the same moment is refused', async () => {
    await write(takenAt)
    await write(takenAt)
    await expect(write(takenAt, 'other')).rejects.toThrow(
      'cannot store the snapshot of cluster "prod" taken at 2026-11-22T14:00:00.123Z: another run stored one with the ' +
        'same time. Run the command again.',
    )
  })

  test('a run that ends between Parquet file and manifest leaves no snapshot', async () => {
    await write(takenAt - HOUR)
    const crashing: ObjectStore = {
      ...objects,
      create: (key, bytes) =>
        key.endsWith('.json') ? Promise.reject(new Error('killed')) : objects.create(key, bytes),
    }
    await expect(snapshotStore(crashing).write(snapshotOf([commitOf()]))).rejects.toThrow('killed')

    expect(await keys('snapshots/')).toHaveLength(2)
    expect((await snapshots.newest('prod', { onSkipped }))?.head.takenAt).toBe(takenAt - HOUR)
    expect(skipped).toEqual([])
  })

  test.each(['../x', 'a/b', '', '..', 'ø'])('the cluster name %j never reaches a path', async cluster => {
    const message = `the cluster name ${JSON.stringify(cluster)} cannot be part of a path.`
    await expect(snapshots.write(snapshotOf([], { cluster }))).rejects.toThrow(message)
    await expect(snapshots.newest(cluster)).rejects.toThrow(message)
  })
})

describe('the newest snapshot', () => {
  test('of an empty store is undefined', async () => {
    expect(await snapshots.newest('prod')).toBeUndefined()
  })

  test.each([
    ['today', [0, -HOUR]],
    ['last week', [-7 * DAY, -8 * DAY]],
    ['four years ago', [-1500 * DAY]],
  ])('may be from %s', async (_, [newest = 0, ...older]) => {
    for (const before of older) await write(takenAt + before)
    await write(takenAt + newest)
    expect((await snapshots.newest('prod'))?.head.takenAt).toBe(takenAt + newest)
  })

  test('belongs to the given cluster', async () => {
    await write(takenAt)
    expect(await snapshots.newest('prod2')).toBeUndefined()
    expect(await snapshots.newest('pro')).toBeUndefined()
  })

  test.each([
    ['is one from exactly then', 0, 0],
    ['is one from an hour before', HOUR - 1, 0],
    ['is one from days before', 5 * DAY, HOUR],
    ['is none before the first', -1, undefined],
    ['is the last one without a limit', Number.POSITIVE_INFINITY, HOUR],
  ])('at a given time %s', async (_, at, found) => {
    await write(takenAt)
    await write(takenAt + HOUR)
    const expected = found === undefined ? undefined : takenAt + found
    expect((await snapshots.at('prod', takenAt + at))?.head.takenAt).toBe(expected)
  })
})

describe('a snapshot that does not verify is skipped, reported and kept', () => {
  const fileOf = (key: string) => join(folder, key)
  const [parquet, manifest] = [parquetKey('prod', takenAt), manifestKey('prod', takenAt)]

  beforeEach(async () => {
    await write(takenAt - HOUR, 'older')
    await write(takenAt, 'newer')
  })

  async function expectSkipped(reason: string): Promise<void> {
    const before = await keys('')
    expect((await snapshots.newest('prod', { onSkipped }))?.commits.at(0).group).toBe('older')
    const message = `the snapshot of cluster "prod" taken at 2026-11-22T14:00:00.123Z is skipped: ${reason}`
    expect(skipped.splice(0)).toEqual([
      { scope: {}, code: 'unverified-base', message: expect.stringContaining(message) },
    ])
    expect(await keys('')).toEqual(before)
  }

  test('if any byte of the Parquet file is wrong', async () => {
    const bytes = readFileSync(fileOf(parquet))
    for (let at = 0; at < bytes.length; at += 41) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (bytes[at] ?? 0) ^ 1
      writeFileSync(fileOf(parquet), flipped)
      await expectSkipped('its Parquet file does not match the hashes of its manifest')
    }
  })

  test.each([
    ['empty', 0],
    ['truncated', 2000],
    ['one byte short', -1],
  ])('if its Parquet file is %s', async (_, end) => {
    writeFileSync(fileOf(parquet), readFileSync(fileOf(parquet)).subarray(0, end))
    await expectSkipped('its Parquet file has the wrong length')
  })

  test('if its Parquet file has extra bytes', async () => {
    writeFileSync(fileOf(parquet), 'x', { flag: 'a' })
    await expectSkipped('its Parquet file has the wrong length')
  })

  test('if its Parquet file is missing', async () => {
    rmSync(fileOf(parquet))
    await expectSkipped('its Parquet file is missing')
  })

  test.each([
    ['empty', '', 'its manifest cannot be used: Unexpected end of JSON input'],
    ['not JSON', 'hello', 'its manifest cannot be used: Unexpected token'],
    ['JSON of another kind', '{"a":1}', 'its manifest cannot be used: Invalid key'],
  ])('if its manifest is %s', async (_, text, reason) => {
    writeFileSync(fileOf(manifest), text)
    await expectSkipped(reason)
  })

  test('if its manifest belongs to another snapshot', async () => {
    copyFileSync(fileOf(manifestKey('prod', takenAt - HOUR)), fileOf(manifest))
    await expectSkipped('its manifest belongs to another snapshot')
  })

  test('and no other is found if none verifies', async () => {
    rmSync(fileOf(parquet))
    rmSync(fileOf(parquetKey('prod', takenAt - HOUR)))
    expect(await snapshots.newest('prod', { onSkipped })).toBeUndefined()
    expect(skipped).toHaveLength(2)
  })

  test('for a read of one group, too', async () => {
    const bytes = readFileSync(fileOf(parquet))
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(fileOf(parquet), bytes)
    const read = await snapshots.readGroup('prod', takenAt, 'newer', { onSkipped })
    expect(read?.head.takenAt).toBe(takenAt - HOUR)
    expect(skipped).toHaveLength(1)
  })

  test('for a read of heads, too', async () => {
    writeFileSync(fileOf(manifest), '')
    const heads = await Array.fromAsync(snapshots.heads('prod', 0, takenAt, { onSkipped }))
    expect(heads.map(head => head.takenAt)).toEqual([takenAt - HOUR])
    expect(skipped).toHaveLength(1)
  })
})

describe('a snapshot later than the clock', () => {
  const skew = 60_000
  const at = (clock: number) => snapshotStore(objects, () => clock, skew)
  const reads: [string, (store: SnapshotStore) => Promise<Snapshot | undefined>][] = [
    ['the newest', store => store.newest('prod', { onSkipped })],
    ['the newest before a time', store => store.at('prod', Infinity, { onSkipped })],
    ['one group', store => store.readGroup('prod', Infinity, 'spedisjon-v1', { onSkipped })],
    ['groups by a prefix', store => store.newestBeginning('prod', 'spedisjon', { onSkipped })],
  ]

  test.each(reads)('is skipped and reported: %s', async (_, read) => {
    for (const time of [takenAt, takenAt + 2 * HOUR, takenAt + 3 * HOUR]) await write(time)
    expect((await read(at(takenAt + HOUR)))?.head.takenAt).toBe(takenAt)
    expect(skipped).toEqual([
      {
        scope: {},
        code: 'clock-skew',
        message:
          '2 snapshots of cluster "prod", the newest taken at 2026-11-22T17:00:00.123Z, are skipped: they are later ' +
          'than this clock, which says 2026-11-22T15:00:00.123Z. Correct the clock, or remove ' +
          'manifests/cluster=prod/dt=2026-11-22/20261122T170000.123Z.json from the store if the clock is right.',
      },
    ])
  })

  test.each(reads)('is read if it is within the clock skew: %s', async (_, read) => {
    for (const time of [takenAt - HOUR, takenAt]) await write(time)
    expect((await read(at(takenAt - skew)))?.head.takenAt).toBe(takenAt)
    expect((await read(at(takenAt - skew - 1)))?.head.takenAt).toBe(takenAt - HOUR)
  })

  test('is reported even if no other snapshot is left', async () => {
    await write(takenAt)
    expect(await at(takenAt - DAY).newest('prod', { onSkipped })).toBeUndefined()
    expect(skipped).toMatchObject([{ code: 'clock-skew' }])
  })
})
