import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import type { ByteRange, ObjectStore } from '../../../functions/store/objects/object-store.ts'
import { type SnapshotStore, snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, manyCommits, snapshotOf, takenAt } from '../../builders/snapshots.ts'

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-one-group-'))
afterAll(() => rmSync(place, { recursive: true }))

let objects: ObjectStore
let snapshots: SnapshotStore

beforeEach(() => {
  objects = folderStore(mkdtempSync(join(place, 'store-')))
  snapshots = snapshotStore(objects, () => takenAt)
})

describe('a lookup among 200,000 commits', () => {
  /** Counts every read, so that a test can state the cost of an answer. */
  function counting(): { counted: ObjectStore; reads: { key: string; range?: ByteRange }[] } {
    const reads: { key: string; range?: ByteRange }[] = []
    const read: ObjectStore['read'] = (key, range) => {
      reads.push(range ? { key, range } : { key })
      return objects.read(key, range)
    }
    return { counted: { ...objects, read }, reads }
  }

  test('of one group costs at most two ranges and less than 500 KB', async () => {
    const commits = CommitTable.from([...manyCommits(200_000)])
    const { head } = snapshotOf([])
    await snapshots.write({ head, commits })

    const names = commits.columns.group_id
    for (const [row, count] of [
      [0, 2],
      [7999, 2],
      [8000, 2],
      [123_456, 2],
      [199_999, 1],
    ] as const) {
      const { counted, reads } = counting()
      const group = names.get(row) ?? ''
      const found = await snapshotStore(counted).readGroup('prod', takenAt, group)
      expect([...(found?.commits ?? [])]).toEqual(
        Array.from({ length: 20 }, (_, i) => commits.at(row - (row % 20) + i)),
      )

      const ranges = reads.flatMap(({ range }) => range ?? [])
      expect(reads).toHaveLength(ranges.length + 1)
      expect(ranges).toHaveLength(count)
      expect(ranges.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(500_000)
    }
  })

  test.each(['', 'b', 'c.after'])('of the absent group %j costs at most one range', async group => {
    await snapshots.write(snapshotOf([commitOf({ group: 'a' }), commitOf({ group: 'c' })]))
    const { counted, reads } = counting()
    const found = await snapshotStore(counted).readGroup('prod', takenAt, group)
    expect(found?.commits.length).toBe(0)
    expect(reads.filter(({ range }) => range)).toHaveLength(group === 'b' ? 1 : 0)
  })

  test.each([
    ['', 4, 1],
    ['b', 2, 1],
    ['b.2', 1, 1],
    ['b.3', 0, 1],
    ['d', 0, 0],
  ])('of the prefix %j finds %d groups with %d ranges', async (prefix, groups, ranges) => {
    const commits = ['a', 'b', 'b.2', 'c'].map(group => commitOf({ group }))
    await snapshots.write(snapshotOf(commits))
    const { counted, reads } = counting()
    const found = await snapshotStore(counted).newestBeginning('prod', prefix)
    expect([...(found?.commits ?? [])]).toEqual(commits.filter(({ group }) => group.startsWith(prefix)))
    expect(found?.commits.length).toBe(groups)
    expect(reads.filter(({ range }) => range)).toHaveLength(ranges)
  })

  test('of a prefix reads only the row groups that contain it', async () => {
    const commits = [...manyCommits(40_000)]
    await snapshots.write(snapshotOf(commits))
    const { counted, reads } = counting()
    const found = await snapshotStore(counted).newestBeginning('prod', '00040')
    expect([...(found?.commits ?? [])]).toEqual(commits.filter(({ group }) => group.startsWith('00040')))
    const lengths = reads.flatMap(({ range }) => range?.length ?? [])
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(500_000)
  })

  test('of a group larger than a row group finds all of it', async () => {
    const group = Array.from({ length: 11_000 }, (_, partition) => commitOf({ group: 'large', partition }))
    await snapshots.write(snapshotOf([commitOf({ group: 'a' }), ...group, commitOf({ group: 'z' })]))
    const found = await snapshots.readGroup('prod', takenAt, 'large')
    expect(found?.commits.length).toBe(11_000)
  })
})
