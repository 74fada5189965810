import { zstdDecompressSync } from 'node:zlib'
import { type DecodedArray, parquetMetadata, parquetRead, type RowGroup, type SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import {
  type Column,
  type Columns,
  CommitTable,
  NULL_INT32,
  NULL_INT64,
  NULL_TIME,
  schema,
} from '../core/commit-table.ts'
import { writeColumnChunk } from './column-chunk.ts'

/**
 * To read one group costs the footer and a row group. Of 200,000 commits that is 130 KB and 130 to 225 KB with this many
 * rows, 65 KB and 260 to 450 KB with twice as many.
 */
const ROWS_PER_GROUP = 5000

/** Where the parts of a Parquet file are. Row groups lie one behind the other; the footer is all that follows. */
export interface Encoded {
  bytes: Uint8Array
  /** `end` is where its bytes end; they begin where those of the one before do, the first one's at 0. */
  rowGroups: { firstRow: number; rows: number; end: number }[]
}

/**
 * Commits as Parquet: ZSTD, with statistics, sorted as they are given. A lone surrogate, which Kafka's UTF-8 cannot
 * carry, becomes U+FFFD.
 */
export async function encodeCommits({ columns, length }: CommitTable): Promise<Encoded> {
  const writer = new ByteWriter()
  const schema = [{ name: 'commits', num_children: names.length }, ...names.map(element)]
  // It writes the file's beginning and its footer; what is between is ours.
  const parquet = new ParquetWriter({ writer, schema, createdBy: 'offset-watchdog' })

  const rowGroups: Encoded['rowGroups'] = []
  for (let firstRow = 0; firstRow < length; ) {
    const [start, end] = [writer.offset, rowGroupEnd(columns.group_id, firstRow, length)]
    const chunks = names.map(name => writeColumnChunk(writer, element(name), columns[name], firstRow, end))
    const rows = end - firstRow
    rowGroups.push({ firstRow, rows, end: writer.offset })
    parquet.row_groups.push({
      columns: chunks,
      num_rows: BigInt(rows),
      total_byte_size: chunks.reduce(
        (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
        0n,
      ),
      total_compressed_size: BigInt(writer.offset - start),
    })
    parquet.num_rows += BigInt(rows)
    firstRow = end
  }
  await parquet.finish()
  return { bytes: writer.getBytes(), rowGroups }
}

/**
 * The rows [from, to) of a file, both at the border of a row group.
 *
 * @param footer the file's last bytes, with all of its metadata.
 * @param data the bytes of at least those row groups, and where in the file they begin.
 * @throws whatever the decoder stumbles over: check the bytes' hashes before.
 */
export async function decodeCommits(
  footer: Uint8Array,
  data: { offset: number; bytes: Uint8Array },
  from: number,
  to: number,
): Promise<CommitTable> {
  const table = CommitTable.empty(to - from)
  table.length = to - from
  const metadata = parquetMetadata(footer, { geoparquet: false })
  const file = {
    byteLength: data.offset + data.bytes.length,
    slice: (start: number, end?: number) =>
      copy(data.bytes.subarray(start - data.offset, end && end - data.offset)),
  }
  // A row group at a time, for the same reason as above.
  let rowEnd = 0
  for (const rowGroup of metadata.row_groups) {
    const rowStart = rowEnd
    rowEnd += Number(rowGroup.num_rows)
    if (rowStart < from || rowEnd > to) continue
    const columns = columnsWithValues(rowGroup)
    table.hold(columns)
    await parquetRead({ file, metadata, columns, rowStart, rowEnd, compressors, parsers, onChunk })
  }
  return table

  function onChunk({ columnName, columnData, rowStart }: Chunk): void {
    if (isColumn(columnName)) fill(table.columns[columnName], rowStart - from, columnData)
  }
}

/** Those that we know, too: a later version may have added some. */
const columnsWithValues = ({ columns, num_rows }: RowGroup) =>
  columns.flatMap(({ meta_data }) => {
    const [name = ''] = meta_data?.path_in_schema ?? []
    return isColumn(name) && meta_data?.statistics?.null_count !== num_rows ? name : []
  })

const isColumn = (name: string): name is keyof Columns => Object.hasOwn(schema, name)
const names = Object.keys(schema).filter(isColumn)

// Without ignoreBOM a group id that begins with U+FEFF would come back without it.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) }
const parsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
  timestampFromMilliseconds: Number,
}

interface Chunk {
  columnName: string
  columnData: DecodedArray
  /** In the file. */
  rowStart: number
}

function element(name: keyof Columns): SchemaElement {
  const [type, optional] = [schema[name].replace('?', ''), schema[name].endsWith('?')]
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

/** A row group ends between two groups, so that one group's rows are in one row group unless they are more than it holds. */
function rowGroupEnd(groups: Columns['group_id'], start: number, length: number): number {
  const full = Math.min(start + ROWS_PER_GROUP, length)
  let end = full
  while (end > start && end < length && groups[end - 1] === groups[end]) end--
  return end === start ? full : end
}

function fill(column: Column, at: number, values: DecodedArray): void {
  if (Array.isArray(column)) for (let i = 0; i < values.length; i++) column[at + i] = values[i] ?? null
  else if (column instanceof Float64Array)
    for (let i = 0; i < values.length; i++) column[at + i] = values[i] ?? NULL_TIME
  else if (column instanceof Int32Array)
    for (let i = 0; i < values.length; i++) column[at + i] = values[i] ?? NULL_INT32
  else for (let i = 0; i < values.length; i++) column[at + i] = values[i] ?? NULL_INT64
}

/** hyparquet wants an ArrayBuffer of exactly these bytes. */
const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
