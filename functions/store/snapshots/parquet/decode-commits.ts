import { setImmediate as turn } from 'node:timers/promises'
import { CommitTable } from '../../../core/columns/commit-table.ts'
import { inferOutsideCommits } from '../../../core/columns/earlier-versions.ts'
import type { Range } from '../../../core/columns/key-order.ts'
import { type Cells, type ColumnName, isColumn, schema } from '../../../core/columns/schema.ts'
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
      if (groups && parts.length === 1 && name !== 'group_id') {
        const cells = readRecent(name, data, chunk, { rows, wanted }, room)
        Object.assign(table.columns, { [name]: cells })
        continue
      }
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

interface RecentColumn {
  bytes: Buffer
  isZstd: boolean
  rows: number
  wanted: Range
  cells: Cells
}

/** The columns that were read last, with their bytes: many columns of a group are the same in two snapshots. */
const recent = new Map<ColumnName, RecentColumn>()

/** The wanted rows of a column. Callers must not change them. */
function readRecent(
  name: ColumnName,
  data: FilePart,
  chunk: ColumnChunkRange,
  { rows, wanted }: { rows: number; wanted: Range },
  room: Room,
): Cells {
  const { start, length, isZstd } = chunk
  const bytes = data.bytes.subarray(start - data.offset, start - data.offset + length)
  const known = recent.get(name)
  const isSame = known?.rows === rows && known.isZstd === isZstd && known.bytes.equals(bytes)
  if (isSame && known.wanted.from === wanted.from && known.wanted.to === wanted.to) return known.cells

  const { list, open } = schema[name]
  const size = wanted.to - wanted.from
  const { cells } = open(size, size)
  readColumnChunk(data, chunk, { column: cells, rows, wanted, at: 0, list }, room)
  recent.set(name, { bytes: Buffer.from(bytes), isZstd, rows, wanted, cells })
  return cells
}

function readGroups(data: FilePart, columns: ColumnChunkRange[], rows: number, room: Room): StringColumn {
  const chunk = columns.find(({ name }) => name === 'group_id')
  const groups = chunk && readRecent('group_id', data, chunk, { rows, wanted: { from: 0, to: rows } }, room)
  return groups instanceof StringColumn ? groups : new StringColumn(rows)
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
