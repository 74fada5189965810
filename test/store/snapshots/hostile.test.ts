import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { type Manifest, writeManifest } from '../../../functions/store/snapshots/manifest.ts'
import { encodeCommits } from '../../../functions/store/snapshots/parquet/encode-commits.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'

// A writer of one object can also write a manifest with the right hashes.

const MB = 2 ** 20
const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-hostile-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
const older = takenAt - 3600_000
beforeEach(async () => {
  folder = mkdtempSync(join(place, 'store-'))
  await snapshotStore(folderStore(folder)).write(
    snapshotOf([commitOf({ group: 'hostile' })], { takenAt: older, finishedAt: older }),
  )
})

async function readInProcess() {
  const script = fileURLToPath(new URL('read-in-process.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder])
  return JSON.parse(stdout)
}

function put(key: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(folder, key)), { recursive: true })
  writeFileSync(join(folder, key), bytes)
}

interface Forged {
  commits?: Commit[]
  /** Changes the metadata of the Parquet file. */
  metadata?: (metadata: FileMetaData) => void
  /** Replaces the bytes of the metadata. */
  thrift?: Uint8Array
  /** Replaces the bytes of the row groups. */
  pages?: (bytes: Uint8Array) => Uint8Array
  /** Changes what the manifest claims. */
  manifest?: (manifest: Manifest) => void
}

/** A snapshot whose hashes are all right. */
function forge({
  commits = [commitOf({ group: 'hostile' })],
  metadata,
  thrift,
  pages,
  manifest,
}: Forged): void {
  const { bytes, rowGroups } = encodeCommits(CommitTable.from(commits))
  const end = rowGroups.at(-1)?.end ?? 0
  const body = (pages ?? (same => same))(bytes.slice(0, end))
  const described = parquetMetadata(new Uint8Array(bytes).buffer, { geoparquet: false })
  metadata?.(described)
  const footer = thrift ? withLength(thrift) : footerOf(described)
  const sha256 = (part: Uint8Array) => hash('sha256', part)
  const key = { group: 'hostile', topic: 't', partition: 0 }
  const forged: Manifest = {
    head: snapshotOf([]).head,
    keep: 'day',
    rowGroups: [
      {
        offset: 0,
        length: body.length,
        sha256: sha256(body),
        rows: commits.length,
        firstKey: key,
        lastKey: key,
      },
    ],
    footer: { offset: body.length, length: footer.length, sha256: sha256(footer) },
  }
  manifest?.(forged)
  put(parquetKey('prod', takenAt), Buffer.concat([body, footer]))
  put(manifestKey('prod', takenAt), writeManifest(forged))
}

function footerOf({ schema, num_rows, row_groups }: FileMetaData): Uint8Array {
  const writer = new ByteWriter()
  const file = Object.assign(new ParquetWriter({ writer, schema }), { num_rows, row_groups })
  const start = writer.offset
  void file.finish()
  return writer.getBytes().subarray(start)
}

function withLength(thrift: Uint8Array): Uint8Array {
  const length = new Uint8Array(Uint32Array.of(thrift.length).buffer)
  return Buffer.concat([thrift, length, Buffer.from('PAR1')])
}

/** Nested lists that each claim 32 million elements (256 MB) and have none. */
const lists = Buffer.concat([
  Buffer.from([0x19]),
  ...Array.from({ length: 200 }, () => Buffer.from([0xf9, 0x80, 0x80, 0x80, 0x10])),
])

const firstGroup = ({ row_groups: [group] }: FileMetaData) => {
  if (!group) throw new Error('the file has no row group')
  return group
}
const rows = 30_000_000
const claim = (number: number) => (manifest: Manifest) => {
  for (const group of manifest.rowGroups) group.rows = number
}

const files: { what: string; forged: Forged }[] = [
  { what: 'a manifest that claims 30 million rows', forged: { manifest: claim(rows) } },
  { what: 'a manifest that claims a few rows more', forged: { manifest: claim(100) } },
  {
    what: 'a manifest and a footer that claim 30 million rows',
    forged: {
      manifest: claim(rows),
      metadata: metadata => {
        firstGroup(metadata).num_rows = BigInt(rows)
      },
    },
  },
  {
    what: 'a footer that claims a few rows more',
    forged: {
      metadata: metadata => {
        firstGroup(metadata).num_rows = 100n
      },
    },
  },
  {
    what: 'metadata of 500 MB in a few KB',
    forged: { commits: [commitOf({ group: 'hostile', metadata: 'm'.repeat(500 * MB) })] },
  },
  {
    what: 'a column that occurs a thousand times',
    forged: {
      commits: [commitOf({ group: 'hostile', metadata: 'm'.repeat(MB) })],
      metadata: metadata => {
        const group = firstGroup(metadata)
        const column = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === 'metadata')
        if (column) group.columns.push(...Array.from({ length: 1000 }, () => column))
      },
    },
  },
  { what: 'a footer of lists that claim to be long', forged: { thrift: lists } },
  {
    what: 'pages of lists that claim to be long',
    forged: {
      pages: bytes => Buffer.concat([bytes.subarray(0, 4), lists, bytes.subarray(4 + lists.length)]),
    },
  },
  { what: 'pages of nothing but zeros', forged: { pages: bytes => bytes.fill(0, 4) } },
  {
    what: 'a row group that claims to be longer than any file',
    forged: {
      manifest: ({ rowGroups, footer }) => {
        for (const group of rowGroups) group.length = 1e12
        footer.offset = 1e12
      },
    },
  },
  {
    what: 'row groups that do not follow each other',
    forged: {
      manifest: ({ footer }) => {
        footer.offset += 1
      },
    },
  },
]

describe('a hostile snapshot is skipped, and takes no more memory than an honest one', () => {
  let honest: number
  beforeAll(async () => {
    folder = mkdtempSync(join(place, 'store-'))
    await snapshotStore(folderStore(folder)).write(snapshotOf([commitOf()]))
    honest = (await readInProcess()).megabytes
  })

  async function expectSkipped(): Promise<void> {
    const { newest, group, skipped, megabytes } = await readInProcess()
    expect({ newest, group }).toEqual({ newest: older, group: older })
    expect(skipped).toHaveLength(2)
    for (const message of skipped)
      expect(message).toMatch(/taken at 2026-11-22T14:00:00.123Z is skipped: its /)
    expect(megabytes - honest).toBeLessThan(128)
  }

  test.each(files)('$what', async ({ forged }) => {
    forge(forged)
    await expectSkipped()
  })

  test('a manifest of 3 GB', async () => {
    forge({})
    truncateSync(join(folder, manifestKey('prod', takenAt)), 3072 * MB)
    await expectSkipped()
  })
})

test('a Parquet file of 3 GB is not read if its manifest names a few KB', async () => {
  forge({})
  truncateSync(join(folder, parquetKey('prod', takenAt)), 3072 * MB)
  const { newest, skipped, megabytes } = await readInProcess()
  expect(newest).toBe(older)
  expect(skipped[0]).toContain('its Parquet file has the wrong length')
  expect(megabytes).toBeLessThan(400)
})

test('a forged snapshot without a fault is read', async () => {
  forge({})
  expect(await readInProcess()).toMatchObject({ newest: takenAt, group: takenAt, skipped: [] })
})
