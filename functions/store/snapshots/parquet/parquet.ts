import { setImmediate as turn } from 'node:timers/promises'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { CommitTable } from '../../../core/columns/commit-table.ts'
import { inferOutsideCommits } from '../../../core/columns/earlier-versions.ts'
import type { Range } from '../../../core/columns/key-order.ts'
import { type ColumnName, columnNames, isColumn, schema } from '../../../core/columns/schema.ts'
import { NULL_STRING, StringColumn } from '../../../core/columns/string-column.ts'
import { type ColumnChunkRange, type FooterRowGroup, readFooter } from './footer.ts'
import { type FilePart, type Room, readColumnChunk, roomFor } from './read-column-chunk.ts'
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
  const described = readFooter(footer)
  if (!isEqual(described, rowGroups)) throw new Error('its row groups differ from its manifest')

  const room = roomFor(data.bytes.length)
  let rowEnd = 0
  const parts = described.flatMap(({ rows, columns }) => {
    const rowStart = rowEnd
    rowEnd += rows
    if (rowStart < from || rowEnd > to) return []
    const groups = isWanted && readGroups(data, columns, rows, room)
    const wanted = groups && isWanted ? wantedRows(groups, isWanted) : { from: 0, to: rows }
    return [{ columns, rows, wanted, groups }]
  })

  const table = CommitTable.empty(parts.reduce((sum, { wanted }) => sum + wanted.to - wanted.from, 0))
  for (const { columns, rows, wanted, groups } of parts) {
    const at = table.length
    table.length += wanted.to - wanted.from
    // Lets the event loop handle answers of brokers in between.
    await turn()
    const read = new Set<string>()
    for (const chunk of columns) {
      const { name } = chunk
      // A later version may have added columns that this one does not know.
      if (!isColumn(name) || !isRead(name)) continue
      if (chunk.nulls === rows) continue
      if (read.has(name)) throw new Error(`it has the column ${name} twice`)
      read.add(name)
      table.hold(name)
      const column = table.columns[name]
      if (name === 'group_id' && groups)
        for (let row = wanted.from; row < wanted.to; row++)
          table.columns.group_id.set(at + row - wanted.from, groups.get(row))
      else readColumnChunk(data, chunk, { rows, wanted, at, list: schema[name].list, column }, room)
    }
  }
  const isOfEarlierVersion = described.some(
    ({ columns }) => !columns.some(({ name }) => name === 'outside_commit_first'),
  )
  if (isOfEarlierVersion && isRead('outside_commit_first')) inferOutsideCommits(table)
  return table
}

function readGroups(data: FilePart, columns: ColumnChunkRange[], rows: number, room: Room): StringColumn {
  const groups = new StringColumn(rows)
  const chunk = columns.find(({ name }) => name === 'group_id')
  if (chunk)
    readColumnChunk(data, chunk, { column: groups, rows, wanted: { from: 0, to: rows }, at: 0 }, room)
  return groups
}

/** From the first to the last row of a wanted group, so that no other rows of the columns are read. */
function wantedRows({ strings, numbers }: StringColumn, isWanted: (group: string) => boolean): Range {
  const wanted = strings.map(isWanted)
  let [from, to] = [0, 0]
  for (let row = 0; row < numbers.length; row++) {
    if (wanted[numbers[row] ?? NULL_STRING] !== true) continue
    if (to === 0) from = row
    to = row + 1
  }
  return { from, to }
}

const isEqual = (described: FooterRowGroup[], rowGroups: readonly { rows: number }[]) =>
  described.length === rowGroups.length && described.every(({ rows }, i) => rows === rowGroups[i]?.rows)

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
