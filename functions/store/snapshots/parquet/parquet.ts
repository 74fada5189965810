import { setImmediate as turn } from 'node:timers/promises'
import {
  type ColumnChunk,
  type FileMetaData,
  parquetMetadata,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { CommitTable } from '../../../core/columns/commit-table.ts'
import { inferOutsideCommits } from '../../../core/columns/earlier-versions.ts'
import type { Range } from '../../../core/columns/key-order.ts'
import { type ColumnName, columnNames, isColumn, schema } from '../../../core/columns/schema.ts'
import { StringColumn } from '../../../core/columns/string-column.ts'
import { type FilePart, type Room, readColumnChunk, roomFor } from './read-column-chunk.ts'
import { walkStruct } from './thrift.ts'
import { writeColumnChunk } from './write-column-chunk.ts'

/**
 * To read one group costs the footer and a row group: 76 and 355 KB for 200,000 commits that are all different, and far
 * less for most clusters. Each column chunk takes time whatever its size, so there should not be many.
 */
const ROWS_PER_GROUP = 8000

/** Positions of the parts of a Parquet file. Row groups follow each other; the footer is the rest. */
export interface Encoded {
  bytes: Uint8Array
  /** `end` is the end of its bytes; they begin at the end of the row group before, or at 0. */
  rowGroups: { firstRow: number; rows: number; end: number }[]
}

/**
 * Encodes commits as Parquet with ZSTD and statistics, in the given order. A lone surrogate becomes U+FFFD; Kafka's
 * UTF-8 cannot contain one.
 */
export function encodeCommits({ columns, length }: CommitTable): Encoded {
  const writer = new ByteWriter()
  // ParquetWriter writes the beginning and the end of the file; this code writes the row groups in between.
  const file = new ParquetWriter({ writer, schema: fileSchema, createdBy: 'offset-watchdog' })
  file.num_rows = BigInt(length)

  const rowGroups: Encoded['rowGroups'] = []
  for (let firstRow = 0; firstRow < length; ) {
    const [start, end] = [writer.offset, rowGroupEnd(columns.group_id, firstRow, length)]
    const chunks = elements.map(([name, element]) =>
      writeColumnChunk(writer, element, columns[name], firstRow, end),
    )
    const rows = end - firstRow
    rowGroups.push({ firstRow, rows, end: writer.offset })
    file.row_groups.push({
      columns: chunks,
      num_rows: BigInt(rows),
      total_byte_size: chunks.reduce(
        (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
        0n,
      ),
      total_compressed_size: BigInt(writer.offset - start),
    })
    firstRow = end
  }

  // A ByteWriter finishes at once; only writers of a stream return a promise.
  void file.finish()
  return { bytes: writer.getBytes(), rowGroups }
}

/** The part of the row groups to read; by default everything. */
export interface Selection {
  isRead?: ((column: ColumnName) => boolean) | undefined
  /** The rows of the wanted groups lie next to each other; rows of other groups between them are read, too. */
  isWanted?: ((group: string) => boolean) | undefined
}

/**
 * Decodes the rows [from, to) of a file, both at the border of a row group, or the selected ones among them.
 * @param footer the last bytes of the file, with all of its metadata
 * @param data the bytes of at least these row groups, and their position in the file
 * @param rowGroups from the manifest
 * @throws any error of the decoder, before it takes more memory than a real file of that size. Check the bytes' hashes
 *   first.
 */
export async function decodeCommits(
  footer: Uint8Array,
  data: FilePart,
  rowGroups: readonly { rows: number }[],
  from: number,
  to: number,
  { isRead = () => true, isWanted }: Selection = {},
): Promise<CommitTable> {
  const { row_groups } = metadataOf(footer)
  if (!isEqual(row_groups, rowGroups)) throw new Error('its row groups are not those of its manifest')

  const room = roomFor(data.bytes.length)
  let rowEnd = 0
  const parts = row_groups.flatMap(({ num_rows, columns }) => {
    const [rowStart, rows] = [rowEnd, Number(num_rows)]
    rowEnd += rows
    if (rowStart < from || rowEnd > to) return []
    const wanted = isWanted ? wantedRows(data, columns, rows, isWanted, room) : { from: 0, to: rows }
    return [{ columns, rows, wanted }]
  })

  const table = CommitTable.empty(parts.reduce((sum, { wanted }) => sum + wanted.to - wanted.from, 0))
  for (const { columns, rows, wanted } of parts) {
    const at = table.length
    table.length += wanted.to - wanted.from
    // Lets the event loop handle answers of brokers in between.
    await turn()
    const read = new Set<string>()
    for (const { meta_data } of columns) {
      const [name = ''] = meta_data?.path_in_schema ?? []
      // A later version may have added columns that this one does not know.
      if (!meta_data || !isColumn(name) || !isRead(name)) continue
      if (meta_data.statistics?.null_count === BigInt(rows)) continue
      if (read.has(name)) throw new Error(`it has the column ${name} twice`)
      read.add(name)
      table.hold(name)
      const target = { rows, wanted, at, list: schema[name].list }
      readColumnChunk(data, meta_data, { ...target, column: table.columns[name] }, room)
    }
  }
  const isOfEarlierVersion = row_groups.some(
    ({ columns }) =>
      !columns.some(({ meta_data }) => meta_data?.path_in_schema[0] === 'outside_commit_first'),
  )
  if (isOfEarlierVersion && isRead('outside_commit_first')) inferOutsideCommits(table)
  return table
}

/** From the first to the last row of a wanted group, so that no other rows of the columns are read. */
function wantedRows(
  data: FilePart,
  columns: ColumnChunk[],
  rows: number,
  isWanted: (group: string) => boolean,
  room: Room,
): Range {
  const groups = new StringColumn(rows)
  for (const { meta_data } of columns) {
    if (meta_data?.path_in_schema[0] !== 'group_id') continue
    readColumnChunk(data, meta_data, { column: groups, rows, wanted: { from: 0, to: rows }, at: 0 }, room)
  }
  const numbers = new Set(groups.strings.flatMap((group, number) => (isWanted(group) ? [number] : [])))
  const from = groups.numbers.findIndex(number => numbers.has(number))
  return from < 0
    ? { from: 0, to: 0 }
    : { from, to: groups.numbers.findLastIndex(number => numbers.has(number)) + 1 }
}

/** The metadata comes before its length (4 bytes) and the magic number. */
function metadataOf(footer: Uint8Array): FileMetaData {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  const end = footer.byteLength - 8
  walkStruct(view, end - view.getUint32(end, true))
  return parquetMetadata(bufferOf(footer), { geoparquet: false })
}

const isEqual = (described: RowGroup[], rowGroups: readonly { rows: number }[]) =>
  described.length === rowGroups.length &&
  described.every(({ num_rows }, i) => num_rows === BigInt(rowGroups[i]?.rows ?? -1))

function element(name: ColumnName): SchemaElement {
  const declared: string = schema[name].type
  const [type, optional] = [declared.replace('?', ''), declared.endsWith('?')]
  const column: SchemaElement = { name, repetition_type: optional ? 'OPTIONAL' : 'REQUIRED' }
  switch (type) {
    case 'string':
      return { ...column, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
    case 'int32':
      return { ...column, type: 'INT32' }
    case 'int64':
      return { ...column, type: 'INT64' }
    default:
      return { ...column, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }
  }
}

const elements = columnNames.map(name => [name, element(name)] as const)

const fileSchema: SchemaElement[] = [
  { name: 'commits', num_children: elements.length },
  ...elements.map(([, element]) => element),
]

/** A row group ends between two groups, so that one group's rows lie in one row group unless there are too many. */
function rowGroupEnd({ numbers }: StringColumn, start: number, length: number): number {
  const full = Math.min(start + ROWS_PER_GROUP, length)
  let end = full
  while (end > start && end < length && numbers[end - 1] === numbers[end]) end--
  return end === start ? full : end
}

/** hyparquet expects an ArrayBuffer of exactly these bytes. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
