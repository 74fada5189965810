import { hash } from 'node:crypto'
import { CommitTable } from '../../core/columns/commit-table.ts'
import type { ColumnName } from '../../core/columns/schema.ts'
import { withoutNegativeOffsets } from '../../core/evidence/negative-offsets.ts'
import { errorText } from '../../core/model/failure.ts'
import type { GroupRows } from '../../core/recovery/group-history.ts'
import type { Snapshot } from '../../core/snapshot.ts'
import { manifestKey, parquetKey } from '../keys.ts'
import { type ByteRange, type ObjectStore, TooLarge } from '../objects/object-store.ts'
import { type HashedRange, type Key, type Manifest, type RowGroup, readManifest } from './manifest.ts'
import { decodeCommits } from './parquet/decode-commits.ts'
import type { Encoded } from './parquet/encode-commits.ts'

/** A snapshot that exists but cannot be trusted; the message ends the sentence "it is skipped: …". */
export class Unverified extends Error {}

/** The hashes of a Parquet file for its manifest. */
export function describeParts(
  { bytes, rowGroups }: Encoded,
  commits: CommitTable,
): Pick<Manifest, 'rowGroups' | 'footer'> {
  const hashed = (offset: number, end: number): HashedRange => ({
    offset,
    length: end - offset,
    sha256: hash('sha256', bytes.subarray(offset, end)),
  })
  const starts = [0, ...rowGroups.map(({ end }) => end)]
  return {
    rowGroups: rowGroups.map(({ firstRow, rows, end }, i) => ({
      ...hashed(starts[i] ?? 0, end),
      rows,
      firstKey: keyAt(commits, firstRow),
      lastKey: keyAt(commits, firstRow + rows - 1),
    })),
    footer: hashed(starts.at(-1) ?? 0, bytes.length),
  }
}

/** Bytes. A large manifest has 100 KB. */
const LARGEST_MANIFEST = 16 * 2 ** 20

async function readUpTo(
  bytes: number,
  objects: ObjectStore,
  key: string,
): Promise<Uint8Array | 'larger' | undefined> {
  try {
    return await objects.read(key, undefined, bytes)
  } catch (error) {
    if (error instanceof TooLarge) return 'larger'
    throw error
  }
}

/** @throws Unverified */
export async function loadManifest(
  objects: ObjectStore,
  cluster: string,
  takenAt: number,
): Promise<Manifest> {
  const bytes = await readUpTo(LARGEST_MANIFEST, objects, manifestKey(cluster, takenAt))
  if (!bytes) throw new Unverified('its manifest is missing')
  if (bytes === 'larger') throw new Unverified('its manifest is larger than any that offset-watchdog writes')

  const manifest = await trusting('its manifest', () => readManifest(bytes))
  const { head } = manifest
  if (head.cluster === cluster && head.takenAt === takenAt) return manifest
  throw new Unverified('its manifest belongs to another snapshot')
}

/** Undefined for a manifest that cannot be trusted. */
export async function manifestOrNone(
  objects: ObjectStore,
  cluster: string,
  takenAt: number,
): Promise<Manifest | undefined> {
  try {
    return await loadManifest(objects, cluster, takenAt)
  } catch (error) {
    if (error instanceof Unverified) return undefined
    throw error
  }
}

/** True if all bytes of a snapshot match the hashes of its manifest. */
export async function verifies(objects: ObjectStore, cluster: string, takenAt: number): Promise<boolean> {
  try {
    await verifiedBytes(objects, cluster, takenAt)
    return true
  } catch (error) {
    if (error instanceof Unverified) return false
    throw error
  }
}

/**
 * Loads a whole snapshot.
 * @throws Unverified
 */
export async function loadSnapshot(
  objects: ObjectStore,
  cluster: string,
  takenAt: number,
): Promise<Snapshot> {
  const { manifest, bytes } = await verifiedBytes(objects, cluster, takenAt)
  const { head, rowGroups, footer } = manifest
  const rows = rowsOf(rowGroups)
  const commits = await trusting('its Parquet file', () =>
    decodeCommits(bytes.subarray(footer.offset), { offset: 0, bytes }, rowGroups, 0, rows),
  )
  return { head, commits: withoutNegativeOffsets(commits) }
}

/** @throws Unverified */
async function verifiedBytes(objects: ObjectStore, cluster: string, takenAt: number) {
  const manifest = await loadManifest(objects, cluster, takenAt)
  const { rowGroups, footer } = manifest
  const length = footer.offset + footer.length
  const bytes = await readUpTo(length, objects, parquetKey(cluster, takenAt))
  if (!bytes) throw new Unverified('its Parquet file is missing')
  if (bytes === 'larger' || bytes.length !== length)
    throw new Unverified('its Parquet file has the wrong length')

  verify(bytes, 0, [...rowGroups, footer])
  return { manifest, bytes }
}

/**
 * Loads a snapshot with the rows of one group.
 * @throws Unverified
 */
export const loadGroup = (objects: ObjectStore, cluster: string, takenAt: number, group: string) =>
  loadFrom(objects, cluster, takenAt, group, name => name === group)

/**
 * Loads a snapshot with the groups whose ids begin with `prefix`.
 * @throws Unverified
 */
export const loadBeginning = (objects: ObjectStore, cluster: string, takenAt: number, prefix: string) =>
  loadFrom(objects, cluster, takenAt, prefix, name => name.startsWith(prefix))

/** The columns that a history needs. All columns of a row group take three times as long to read. */
const historyColumns: ReadonlySet<ColumnName> = new Set([
  'group_id',
  'topic',
  'partition_index',
  'topic_id',
  'committed_offset',
  'log_end',
  'first_seen_at',
  'value_seen_at',
  'seen_at',
  'committed_max',
  'gone_reason',
  'gone_min',
  'gone_max',
  'before_offset',
  'before_seen_at',
  'before_reason',
  'lost_by',
  'reset_to',
])

/**
 * Loads one group's rows with the history columns.
 * @throws Unverified
 */
export async function loadHistoryRows(
  objects: ObjectStore,
  cluster: string,
  takenAt: number,
  group: string,
): Promise<GroupRows> {
  const isRead = (column: ColumnName) => historyColumns.has(column)
  const { head, commits } = await loadFrom(objects, cluster, takenAt, group, name => name === group, isRead)
  return { clusterId: head.clusterId, takenAt, finishedAt: head.finishedAt, rows: [...commits] }
}

/**
 * Reads the footer and the row groups that can contain the wanted groups, which lie next to each other. `least` is the
 * first group id that may be wanted.
 */
async function loadFrom(
  objects: ObjectStore,
  cluster: string,
  takenAt: number,
  least: string,
  isWanted: (group: string) => boolean,
  isRead?: (column: ColumnName) => boolean,
): Promise<Snapshot> {
  const { head, rowGroups, footer } = await loadManifest(objects, cluster, takenAt)
  const first = rowGroups.findIndex(({ lastKey }) => lastKey.group >= least)
  const wanted = rowGroups
    .slice(first)
    .filter(({ firstKey }) => firstKey.group <= least || isWanted(firstKey.group))
  const [start, end] = [wanted[0], wanted.at(-1)]
  if (first < 0 || !start || !end) return { head, commits: CommitTable.empty(0) }

  const range = { offset: start.offset, length: end.offset + end.length - start.offset }
  const [tail, bytes] = await readBoth(objects, parquetKey(cluster, takenAt), footer, range)
  if (!tail || !bytes) throw new Unverified('its Parquet file is missing')

  verify(tail, footer.offset, [footer])
  verify(bytes, range.offset, wanted)
  const from = rowsOf(rowGroups.slice(0, first))
  const table = await trusting('its Parquet file', () =>
    decodeCommits(tail, { offset: range.offset, bytes }, rowGroups, from, from + rowsOf(wanted), {
      isWanted,
      isRead,
    }),
  )
  // Only an unsorted file has other rows between these.
  const { group_id: groups } = table.columns
  const isSorted = groups.numbers.every((_, row) => isWanted(groups.get(row) ?? ''))
  const commits = isSorted ? table : CommitTable.from([...table].filter(({ group }) => isWanted(group)))
  return { head, commits: withoutNegativeOffsets(commits) }
}

/** Bytes. Reading this many in vain takes less time than another request. */
const NEAR = 256 * 2 ** 10

/** Reads two ranges of a file; `last` is the end of the file. One request is enough if they are close together. */
async function readBoth(objects: ObjectStore, key: string, last: ByteRange, first: ByteRange) {
  if (last.offset - first.offset - first.length > NEAR)
    return Promise.all([objects.read(key, last), objects.read(key, first)])

  const { offset } = first
  const bytes = await objects.read(key, { offset, length: last.offset + last.length - offset })
  return [bytes?.subarray(last.offset - offset), bytes?.subarray(0, first.length)] as const
}

/**
 * Checks that `bytes`, which begin at `offset` of the file, consist of the ranges in order.
 * @throws Unverified
 */
function verify(bytes: Uint8Array, offset: number, ranges: HashedRange[]): void {
  let at = offset
  for (const range of ranges) {
    const part = bytes.subarray(range.offset - offset, range.offset - offset + range.length)
    if (range.offset !== at || hash('sha256', part) !== range.sha256) {
      throw new Unverified('its Parquet file does not match the hashes of its manifest')
    }
    at += range.length
  }
}

async function trusting<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const message = errorText(error)
    throw new Unverified(`${what} cannot be used: ${message}`, { cause: error })
  }
}

const rowsOf = (rowGroups: RowGroup[]) => rowGroups.reduce((sum, { rows }) => sum + rows, 0)

function keyAt(commits: CommitTable, row: number): Key {
  const { group, topic, partition } = commits.at(row)
  return { group, topic, partition }
}
