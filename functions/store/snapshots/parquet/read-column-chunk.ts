import { zstdDecompressSync } from 'node:zlib'
import { knownIn } from '../../../core/closed-list.ts'
import type { Range } from '../../../core/columns/key-order.ts'
import type { Cells } from '../../../core/columns/schema.ts'
import { StringColumn } from '../../../core/columns/string-column.ts'
import { inDateRange, LATEST_TIME } from '../../../core/time.ts'
import type { ColumnChunkRange } from './footer.ts'
import { readHybrid } from './hybrid.ts'
import { type DataHeader, readPageHeader } from './page.ts'

/** Bytes of the file, from byte `offset` on. */
export interface FilePart {
  offset: number
  bytes: Uint8Array
}

/** Receives the rows of a chunk; they are null at first. */
export interface Target {
  column: Cells
  /** Number of rows in the chunk. */
  rows: number
  /** The wanted rows, and the position of the first one in the target. */
  wanted: Range
  at: number
  /** The closed list of values of the column; any other value reads as `unknown`. */
  list?: readonly string[] | undefined
}

/** Number of bytes that the pages of a file may still unpack to. */
export interface Room {
  left: number
}

/**
 * The number of bytes that a file of this size may unpack to. Real files stay below a tenth of it; without a limit a
 * file of 12 KB could unpack to gigabytes.
 */
export const roomFor = (bytes: number): Room => ({ left: 64 * 2 ** 20 + 100 * bytes })

/**
 * Reads a column chunk from write-column-chunk.ts. Fills the arrays directly, without the object for each value that a
 * general reader makes. Apart from the room, it allocates nothing that the file has no bytes for.
 */
export function readColumnChunk(file: FilePart, chunk: ColumnChunkRange, target: Target, room: Room): void {
  const { column, list } = target
  if (column instanceof StringColumn)
    read(file, chunk, { ...target, cells: column.numbers, plain: stringsOf(column, list) }, room)
  else if (column instanceof BigInt64Array)
    read(file, chunk, { ...target, cells: column, plain: int64s }, room)
  else if (column instanceof Int32Array) read(file, chunk, { ...target, cells: column, plain: int32s }, room)
  else read(file, chunk, { ...target, cells: column, plain: times }, room)
}

interface DecodedColumn<T> {
  readonly length: number
  [row: number]: T
  fill(value: T, from: number, to: number): unknown
}

/** Decodes the values [from, to) of a page. */
type PlainDecoder<T> = (page: DataView, from: number, to: number) => DecodedColumn<T>

function read<T>(
  { offset, bytes }: FilePart,
  { isZstd, start: startInFile, length }: ColumnChunkRange,
  {
    cells,
    rows,
    wanted,
    at,
    plain,
  }: Pick<Target, 'rows' | 'wanted' | 'at'> & { cells: DecodedColumn<T>; plain: PlainDecoder<T> },
  room: Room,
): void {
  const view = viewOf(bytes)
  const start = startInFile - offset
  const end = start + length

  let [row, dictionary]: [number, DecodedColumn<T>] = [0, []]
  for (let pageAt = start; pageAt < end; ) {
    const {
      type,
      size,
      storedSize,
      dictionary: ofDictionary,
      data,
      end: headerEnd,
    } = readPageHeader(view, pageAt)
    const page = bytes.subarray(headerEnd, headerEnd + storedSize)
    pageAt = headerEnd + page.length
    room.left -= Math.max(size, page.length)
    if (size < 0 || room.left < 0) throw new Error('it unpacks to more than a file of its size can hold')

    if (ofDictionary) dictionary = plain(unpacked(page, isZstd, size), 0, ofDictionary.values)
    else if (data) {
      if (data.nulls < 0 || data.rows < data.nulls || row + data.rows > rows)
        throw new Error('a page has more rows than its row group')
      const ofPage = { from: Math.max(0, wanted.from - row), to: Math.min(data.rows, wanted.to - row) }
      const shift = at + row - wanted.from
      if (ofPage.from < ofPage.to) place(page, size, data, dictionary, plain, cells, ofPage, shift)
      row += data.rows
    } else throw new Error(`it has a page of the type ${type}`)
  }
}

/**
 * Assigns values to the wanted rows that have one: the next value of the page, or the dictionary's value by index.
 * @param shift from a row of the page to its position in the target
 */
function place<T>(
  page: Uint8Array,
  size: number,
  { rows, nulls, isPlain, levelsSize, isCompressed }: DataHeader,
  dictionary: DecodedColumn<T>,
  plain: PlainDecoder<T>,
  target: DecodedColumn<T>,
  { from, to }: Range,
  shift: number,
): void {
  const only = dictionary[0]
  if (!isPlain && nulls === 0 && dictionary.length === 1 && only !== undefined)
    return void target.fill(only, from + shift, to + shift)

  const levels = page.subarray(0, levelsSize)
  const defined = nulls > 0 ? readHybrid(viewOf(levels), 0, 1, from, to) : undefined
  const count = defined ? definedIn(defined) : to - from
  if (count === 0) return
  // The rows before the wanted ones are counted only if they may have a value: usually only one group has losses.
  const isBefore = defined !== undefined && count < rows - nulls
  const first = isBefore ? definedIn(readHybrid(viewOf(levels), 0, 1, 0, from)) : defined ? 0 : from
  const end = first + count
  if (end > rows - nulls) throw new Error('a page has fewer nulls than it says')
  const data = unpacked(page.subarray(levels.length), isCompressed, size - levels.length)
  const values = isPlain ? plain(data, first, end) : dictionary
  const indexes = isPlain ? undefined : readHybrid(data, 1, data.getUint8(0), first, end)

  let next = 0
  for (let row = from; row < to; row++) {
    if (defined?.[row - from] === 0) continue
    const value = values[indexes ? (indexes[next] ?? 0) : next]
    if (value === undefined) throw new Error('a page has too few values')
    target[row + shift] = value
    next++
  }
}

/** Number of rows that have a value. */
function definedIn(levels: Int32Array): number {
  let count = 0
  for (const level of levels) if (level !== 0) count++
  return count
}

/** @param size bytes; more than this is an error */
const unpacked = (bytes: Uint8Array, isCompressed: boolean, size: number): DataView =>
  viewOf(
    isCompressed
      ? zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, size) })
      : bytes,
  )

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength)

/** @throws RangeError, before any allocation, if a page is too short for that many values */
function holds(page: DataView, count: number, bytesEach: number): void {
  if (count * bytesEach > page.byteLength) throw new RangeError('a page has too few values')
}

// Without ignoreBOM a group id that begins with U+FEFF would lose that character.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Strings, as their numbers in the column. */
const stringsOf =
  (column: StringColumn, list: readonly string[] | undefined): PlainDecoder<number> =>
  (page, from, to) => {
    holds(page, to, 4)
    const values = new Int32Array(to - from)
    for (let i = 0, at = 0; i < to; i++) {
      const length = page.getUint32(at, true)
      if (i >= from) {
        const text = utf8.decode(new Uint8Array(page.buffer, page.byteOffset + at + 4, length))
        values[i - from] = column.numberOf(list ? knownIn(list, text) : text)
      }
      at += 4 + length
    }
    return values
  }

const int32s: PlainDecoder<number> = (page, from, to) => {
  holds(page, to, 4)
  const values = new Int32Array(to - from)
  for (let i = from; i < to; i++) values[i - from] = page.getInt32(4 * i, true)
  return values
}

const int64s: PlainDecoder<bigint> = (page, from, to) => {
  holds(page, to, 8)
  const values = new BigInt64Array(to - from)
  for (let i = from; i < to; i++) values[i - from] = page.getBigInt64(8 * i, true)
  return values
}

/** An int64 as a time, ms since the epoch. */
const times: PlainDecoder<number> = (page, from, to) => {
  holds(page, to, 8)
  const values = new Float64Array(to - from)
  for (let i = from; i < to; i++) {
    const time = page.getInt32(8 * i + 4, true) * 2 ** 32 + page.getUint32(8 * i, true)
    // Earlier versions stored an expiry of 2^63 (never) as −2^63.
    values[i - from] = time < -LATEST_TIME ? LATEST_TIME : inDateRange(time)
  }
  return values
}
