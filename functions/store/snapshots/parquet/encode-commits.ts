import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { CommitTable } from '../../../core/columns/commit-table.ts'
import { type ColumnName, columnNames, schema } from '../../../core/columns/schema.ts'
import type { StringColumn } from '../../../core/columns/string-column.ts'
import { writeColumnChunk } from './write-column-chunk.ts'

/**
 * Reading one group costs the footer and a row group: 76 and 355 KB for 200,000 commits that are all different, and far
 * less for most clusters. Each column chunk takes time whatever its size, so a file should not have many row groups.
 */
const ROWS_PER_GROUP = 8000

/** Positions of the parts of a Parquet file. Row groups follow each other; the footer is the rest. */
export interface Encoded {
  bytes: Uint8Array
  /** `end` is the end of the row group's bytes. These bytes begin at the end of the row group before, or at 0. */
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
