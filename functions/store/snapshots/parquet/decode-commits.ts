import { setImmediate as turn } from 'node:timers/promises'
import { CommitTable } from '../../../core/columns/commit-table.ts'
import { inferOutsideCommits } from '../../../core/columns/earlier-versions.ts'
import type { Range } from '../../../core/columns/key-order.ts'
import { type ColumnName, isColumn, schema } from '../../../core/columns/schema.ts'
import { NULL_STRING, StringColumn } from '../../../core/columns/string-column.ts'
import { type ColumnChunkRange, type FooterRowGroup, readFooter } from './footer.ts'
import { type FilePart, type Room, readColumnChunk, roomFor } from './read-column-chunk.ts'

/** The part of the row groups to read; by default everything. */
export interface Selection {
  isRead?: ((column: ColumnName) => boolean) | undefined
  /** The wanted groups. If rows of other groups lie between theirs, those rows are read, too. */
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
  let rowEnd = 0
  const isInRange = rowGroups.map(({ rows }) => {
    const rowStart = rowEnd
    rowEnd += rows
    return from <= rowStart && rowEnd <= to
  })
  const described = readFooter(footer, rowGroup => isInRange[rowGroup] === true)
  if (!isEqual(described, rowGroups)) throw new Error('its row groups differ from its manifest')

  const room = roomFor(data.bytes.length)
  const parts = described
    .filter((_, rowGroup) => isInRange[rowGroup])
    .map(({ rows, columns }) => {
      const groups = isWanted && readGroups(data, columns, rows, room)
      const wanted = groups && isWanted ? wantedRows(groups, isWanted) : { from: 0, to: rows }
      return { columns, rows, wanted, groups }
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
  const isOfEarlierVersion = parts.some(
    ({ columns }) => !columns.some(({ name }) => name === 'outside_commit_first'),
  )
  if (isOfEarlierVersion && isRead('outside_commit_first')) inferOutsideCommits(table)
  return table
}

/** The group ids that were read last, with their bytes: the groups of two snapshots are nearly always the same. */
let last: { bytes: Buffer; isZstd: boolean; rows: number; groups: StringColumn } | undefined

function readGroups(data: FilePart, columns: ColumnChunkRange[], rows: number, room: Room): StringColumn {
  const groups = new StringColumn(rows)
  const chunk = columns.find(({ name }) => name === 'group_id')
  if (!chunk) return groups
  const { start, length, isZstd } = chunk
  const bytes = data.bytes.subarray(start - data.offset, start - data.offset + length)
  if (last?.rows === rows && last.isZstd === isZstd && last.bytes.equals(bytes)) return last.groups
  readColumnChunk(data, chunk, { column: groups, rows, wanted: { from: 0, to: rows }, at: 0 }, room)
  last = { bytes: Buffer.from(bytes), isZstd, rows, groups }
  return groups
}

/** The range from the first to the last row of a wanted group, so that no other rows of the columns are read. */
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
