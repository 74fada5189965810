import { setImmediate as turn } from 'node:timers/promises'
import type { RowGroup, SchemaElement } from 'hyparquet'
import { parquetMetadata } from 'hyparquet/src/metadata.js'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { type Columns, CommitTable, closedLists, schema } from '../../../core/columns/commit-table.ts'
import type { StringColumn } from '../../../core/columns/string-column.ts'
import { type FilePart, readColumnChunk } from './read-column-chunk.ts'
import { writeColumnChunk } from './write-column-chunk.ts'

/**
 * To read one group costs the footer and a row group. Of 200,000 commits that no two of are alike these are 76 and 355 KB;
 * of most clusters' far less. A chunk of a column costs time whatever it holds, so there should not be many.
 */
const ROWS_PER_GROUP = 8000

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
export function encodeCommits({ columns, length }: CommitTable): Encoded {
  const writer = new ByteWriter()
  writer.appendUint32(MAGIC)

  const rowGroups: Encoded['rowGroups'] = []
  const described: RowGroup[] = []
  for (let firstRow = 0; firstRow < length; ) {
    const [start, end] = [writer.offset, rowGroupEnd(columns.group_id, firstRow, length)]
    const chunks = elements.map(([name, element]) =>
      writeColumnChunk(writer, element, columns[name], firstRow, end),
    )
    const rows = end - firstRow
    rowGroups.push({ firstRow, rows, end: writer.offset })
    described.push({
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

  writeMetadata(writer, {
    version: 2,
    created_by: 'offset-watchdog',
    schema: [{ name: 'commits', num_children: elements.length }, ...elements.map(([, element]) => element)],
    num_rows: BigInt(length),
    row_groups: described,
    metadata_length: 0,
  })
  writer.appendUint32(MAGIC)
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
  data: FilePart,
  from: number,
  to: number,
): Promise<CommitTable> {
  const table = CommitTable.empty(to - from)
  table.length = to - from
  const { row_groups } = parquetMetadata(bufferOf(footer), { geoparquet: false })
  let rowEnd = 0
  for (const { num_rows, columns } of row_groups) {
    const rowStart = rowEnd
    rowEnd += Number(num_rows)
    if (rowStart < from || rowEnd > to) continue

    // In between brokers are heard that answer meanwhile.
    await turn()
    for (const { meta_data } of columns) {
      const [name = ''] = meta_data?.path_in_schema ?? []
      // A later version may have added columns that are not known here.
      if (!meta_data || !isColumn(name) || meta_data.statistics?.null_count === num_rows) continue
      table.hold([name])
      readColumnChunk(data, meta_data, table.columns[name], rowStart - from, closedLists[name])
    }
  }
  return table
}

const isColumn = (name: string): name is keyof Columns => Object.hasOwn(schema, name)

/** "PAR1", at both ends of a file. */
const MAGIC = 0x31524150

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

const elements = Object.keys(schema)
  .filter(isColumn)
  .map(name => [name, element(name)] as const)

/** A row group ends between two groups, so that one group's rows are in one row group unless they are more than it holds. */
function rowGroupEnd({ numbers }: StringColumn, start: number, length: number): number {
  const full = Math.min(start + ROWS_PER_GROUP, length)
  let end = full
  while (end > start && end < length && numbers[end - 1] === numbers[end]) end--
  return end === start ? full : end
}

/** hyparquet wants an ArrayBuffer of exactly these bytes. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
