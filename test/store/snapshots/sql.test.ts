import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { parquetKey } from '../../../functions/store/keys.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { encodeCommits } from '../../../functions/store/snapshots/parquet/encode-commits.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { hostileTexts } from './arbitrary.ts'

const HOUR = 3600_000
const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-sql-'))
let duckdb: DuckDBConnection

/** The statements of docs/sql.md, in their order. */
const page = readFileSync(new URL('../../../docs/sql.md', import.meta.url), 'utf8')
const [view = '', moves = '', next = '', lost = '', lag = ''] = Array.from(
  page.matchAll(/```sql\n(.*?)```/gs),
  ([, statement]) => statement,
)

const query = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowsJson()

beforeAll(async () => {
  const objects = folderStore(join(folder, 'offset-snapshots'))
  const snapshots = snapshotStore(objects)
  const write = (time: number, offset: bigint) =>
    snapshots.write(
      snapshotOf(
        [
          commitOf({ offset }),
          commitOf({
            group: 'lost',
            deadline: null,
            gone: { reason: 'expired', earliest: takenAt - HOUR, latest: takenAt },
          }),
          ...hostileTexts.map(text => commitOf({ group: `hostile ${text}`, metadata: text, deadline: null })),
        ],
        { cluster: 'kafka', takenAt: time },
      ),
    )
  await write(takenAt, 42n)
  await write(takenAt + HOUR, 42n)
  await write(takenAt + 24 * HOUR, 50n)

  const orphan = encodeCommits(CommitTable.from([commitOf({ offset: 777n })]))
  await objects.create(parquetKey('kafka', takenAt + 2 * HOUR), orphan.bytes)

  duckdb = await (await DuckDBInstance.create()).connect()
  await duckdb.run(`SET file_search_path = '${folder}'`)
  await duckdb.run(view)
})

afterAll(() => {
  duckdb.closeSync()
  rmSync(folder, { recursive: true })
})

test('the moves of a group are listed without orphans', async () => {
  expect(await query(moves)).toEqual([
    ['team.orders', 0, '42', '2026-11-22 14:00:00.123', '2026-11-22 15:00:00.123'],
    ['team.orders', 0, '50', '2026-11-23 14:00:00.123', '2026-11-23 14:00:00.123'],
  ])
})

test('the next deletions are listed', async () => {
  expect(await query(next)).toEqual([
    ['spedisjon-v1', 'team.orders', 0, '50', '2026-11-29 13:45:00.123', 'observed'],
  ])
})

test('losses are listed', async () => {
  expect(await query(lost)).toEqual([
    ['lost', 'team.orders', 0, '42', 'expired', '2026-11-22 13:00:00.123', '2026-11-22 14:00:00.123'],
  ])
})

test('lags are summed by group', async () => {
  expect((await query(lag)).at(-1)).toEqual(['spedisjon-v1', '49'])
})

test('untrusted text is read back unchanged', async () => {
  const rows = await query("SELECT DISTINCT sha256(metadata) FROM history WHERE group_id LIKE 'hostile%'")
  expect(new Set(rows.flat())).toEqual(new Set(hostileTexts.map(text => hash('sha256', text))))
})

test('each column has the name and the type in the docs', async () => {
  const columns = await query('SELECT column_name, column_type FROM (DESCRIBE history)')
  expect(columns.slice(0, 4)).toEqual([
    ['taken_at', 'TIMESTAMP'],
    ['group_id', 'VARCHAR'],
    ['topic', 'VARCHAR'],
    ['partition_index', 'INTEGER'],
  ])
  expect(columns).toContainEqual(['committed_offset', 'BIGINT'])
  expect(columns).toContainEqual(['deadline_min', 'TIMESTAMP'])
})
