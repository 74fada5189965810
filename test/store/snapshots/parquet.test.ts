import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { decodeCommits } from '../../../functions/store/snapshots/parquet/decode-commits.ts'
import { type Encoded, encodeCommits } from '../../../functions/store/snapshots/parquet/encode-commits.ts'
import { commitOf, manyCommits } from '../../builders/snapshots.ts'
import { commits, hostile } from './arbitrary.ts'

const footerOf = ({ bytes, rowGroups }: Encoded) => bytes.subarray(rowGroups.at(-1)?.end ?? 0)

const decodeAll = (encoded: Encoded, rows: number) =>
  decodeCommits(footerOf(encoded), { offset: 0, bytes: encoded.bytes }, encoded.rowGroups, 0, rows)

describe('commits as Parquet', () => {
  test('are read back unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(commits, async list => {
        const table = await decodeAll(encodeCommits(CommitTable.from(list)), list.length)
        expect([...table]).toEqual(list)
      }),
    )
  })

  test.each([
    ['of 2^63 ms', 2 ** 63, 8.64e15],
    ['beyond an int64', 1e300, 8.64e15],
    ['before all Dates', -9e15, -8.64e15],
  ])('a time %s is read back as one that a Date can hold', async (_, time, held) => {
    const bounds = { earliest: time, latest: time }
    const commit = commitOf({ expiresAt: time, deadline: bounds, seenAt: time, committed: bounds })
    const at = { earliest: held, latest: held }
    const read = (await decodeAll(encodeCommits(CommitTable.from([commit])), 1)).at(0)
    expect(read).toMatchObject({ expiresAt: held, deadline: at, seenAt: held, committed: at })
  })

  test('an expiry that an earlier version stored as −2^63 is read as never', async () => {
    const encoded = encodeCommits(CommitTable.from([commitOf({ expiresAt: 8.64e15 })]))
    const [held, wrapped] = [8_640_000_000_000_000n, -(2n ** 63n)].map(time =>
      Buffer.from(BigInt64Array.of(time).buffer),
    )
    const bytes = Buffer.from(encoded.bytes)
    if (held && wrapped) bytes.set(wrapped, bytes.indexOf(held))
    expect((await decodeAll({ ...encoded, bytes }, 1)).at(0).expiresAt).toBe(8.64e15)
    expect(bytes.equals(encoded.bytes)).toBe(false)
  })

  test.each(Object.entries(hostile))('%s is read back unchanged', async (_, text) => {
    const commit = commitOf({ group: text, topic: text, metadata: text })
    const table = await decodeAll(encodeCommits(CommitTable.from([commit])), 1)
    expect(table.at(0)).toEqual(commit)
  })

  test('a lone surrogate, which UTF-8 cannot encode, is read back as U+FFFD', async () => {
    const encoded = encodeCommits(CommitTable.from([commitOf({ group: 'a\uD800b' })]))
    expect((await decodeAll(encoded, 1)).at(0).group).toBe('a\uFFFDb')
  })

  test('a table with room for more rows writes only its own', async () => {
    const table = CommitTable.empty(10)
    table.push(commitOf())
    expect([...(await decodeAll(encodeCommits(table), 1))]).toEqual([commitOf()])
  })

  test('row groups end between groups, and can be read separately', async () => {
    const table = CommitTable.from([...manyCommits(20_345)])
    const encoded = encodeCommits(table)
    expect(encoded.rowGroups.map(({ rows }) => rows)).toEqual([8000, 8000, 4345])

    const [first, second] = encoded.rowGroups
    const offset = first?.end ?? 0
    const bytes = encoded.bytes.subarray(offset, second?.end)
    const rows = await decodeCommits(footerOf(encoded), { offset, bytes }, encoded.rowGroups, 8000, 16_000)
    expect(rows.at(0)).toEqual(table.at(8000))
    expect(rows.at(7999)).toEqual(table.at(15_999))
  })

  test('a group that would be cut starts the next row group; a group larger than a row group is cut', () => {
    const group = (name: string, rows: number) =>
      Array.from({ length: rows }, (_, partition) => commitOf({ group: name, partition }))
    const table = CommitTable.from([...group('a', 5000), ...group('b', 6000), ...group('c', 18_000)])
    const { rowGroups } = encodeCommits(table)
    expect(rowGroups.map(({ rows }) => rows)).toEqual([5000, 6000, 8000, 8000, 2000])
  })

  test('a column that is missing in an older file is read as null', async () => {
    const encoded = encodeCommits(CommitTable.from([commitOf({ previousCommit: null, leaderEpoch: 5 })]))
    const older = Buffer.from(encoded.bytes)
    const name = Buffer.from('leader_epoch')
    for (let at = older.indexOf(name); at >= 0; at = older.indexOf(name, at + 1))
      older.write('LEADER_EPOCH', at)

    const table = await decodeAll({ ...encoded, bytes: older }, 1)
    expect(table.at(0)).toEqual(commitOf({ leaderEpoch: null }))
  })

  test.each([
    ['group_id', 'RLE_DICTIONARY', 'ZSTD'],
    ['committed_offset', 'PLAIN', 'ZSTD'],
    ['seen_at', 'RLE_DICTIONARY', 'UNCOMPRESSED'],
    ['before_offset', 'RLE_DICTIONARY', 'UNCOMPRESSED'],
  ])('%s of many commits has the smallest encoding: %s, %s', (name, encoding, codec) => {
    const metadata = parquetMetadata(footerOf(encodeCommits(CommitTable.from([...manyCommits(8000)]))))
    const chunk = metadata.row_groups[0]?.columns.find(column => column.meta_data?.path_in_schema[0] === name)
    expect(chunk?.meta_data?.encodings.at(-1)).toBe(encoding)
    expect(chunk?.meta_data?.codec).toBe(codec)
  })

  test.each([
    ['group_id', { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }],
    ['metadata', { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }],
    ['partition_index', { type: 'INT32', repetition_type: 'REQUIRED' }],
    ['committed_offset', { type: 'INT64', repetition_type: 'REQUIRED' }],
    ['deadline_min', { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'OPTIONAL' }],
  ])('%s has the type that SQL expects, and statistics', (name, type) => {
    const metadata = parquetMetadata(footerOf(encodeCommits(CommitTable.from([commitOf()]))))
    expect(metadata.schema).toContainEqual({ name, ...type })

    const chunk = metadata.row_groups[0]?.columns.find(column => column.meta_data?.path_in_schema[0] === name)
    expect(chunk?.meta_data).toMatchObject({ statistics: { null_count: 0n } })
  })
})
