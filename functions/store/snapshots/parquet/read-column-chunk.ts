import { zstdDecompressSync } from 'node:zlib'
import type { ColumnMetaData } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import type { DataPageHeaderV2 } from 'hyparquet/src/types.js'
import { knownIn } from '../../../core/closed-list.ts'
import type { Column } from '../../../core/columns/commit-table.ts'
import { StringColumn } from '../../../core/columns/string-column.ts'
import { inDateRange, LATEST_TIME } from '../../../core/time.ts'

/** Bytes of the file from its byte `offset` on. */
export interface FilePart {
  offset: number
  bytes: Uint8Array
}

/**
 * Reads a column chunk, as write-column-chunk.ts writes them, into rows `at` and following of a column, which are null
 * so far. Its arrays are filled at once, where the general reader would make an object of each value first.
 *
 * @param list all values that the column may have; any other one reads as `unknown`
 */
export function readColumnChunk(
  file: FilePart,
  chunk: ColumnMetaData,
  column: Column,
  at: number,
  list?: readonly string[],
): void {
  if (column instanceof StringColumn) read(file, chunk, column.numbers, at, stringsOf(column, list))
  else if (column instanceof BigInt64Array) read(file, chunk, column, at, int64s)
  else if (column instanceof Int32Array) read(file, chunk, column, at, int32s)
  else read(file, chunk, column, at, times)
}

interface Cells<T> {
  readonly length: number
  [row: number]: T
  fill(value: T, from: number, to: number): unknown
}

type Plain<T> = (page: DataView, count: number) => Cells<T>

function read<T>(
  { offset, bytes }: FilePart,
  { codec, dictionary_page_offset, data_page_offset, total_compressed_size }: ColumnMetaData,
  target: Cells<T>,
  at: number,
  plain: Plain<T>,
): void {
  const reader = { view: viewOf(bytes), offset: Number(dictionary_page_offset ?? data_page_offset) - offset }
  const end = reader.offset + Number(total_compressed_size)

  let [row, dictionary]: [number, Cells<T>] = [at, []]
  while (reader.offset < end) {
    const header = parquetHeader(reader)
    const page = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size)
    reader.offset += page.length

    const { dictionary_page_header: ofDictionary, data_page_header_v2: ofData } = header
    if (ofDictionary) dictionary = plain(unpacked(page, codec === 'ZSTD'), ofDictionary.num_values)
    else if (ofData) {
      place(page, ofData, dictionary, plain, target, row)
      row += ofData.num_rows
    } else throw new Error(`it has a page of the type ${header.type}`)
  }
}

/** Gives the rows that have a value the next one of the page: itself, or its index in the dictionary. */
function place<T>(
  page: Uint8Array,
  { num_rows, num_nulls, encoding, definition_levels_byte_length, is_compressed }: DataPageHeaderV2,
  dictionary: Cells<T>,
  plain: Plain<T>,
  target: Cells<T>,
  at: number,
): void {
  const [isPlain, count] = [encoding === 'PLAIN', num_rows - num_nulls]
  const only = dictionary[0]
  if (!isPlain && num_nulls === 0 && dictionary.length === 1 && only !== undefined)
    return void target.fill(only, at, at + num_rows)

  const levels = page.subarray(0, definition_levels_byte_length)
  const defined = num_nulls > 0 ? hybrid(viewOf(levels), 0, 1, num_rows) : undefined
  const data = unpacked(page.subarray(levels.length), is_compressed !== false)
  const values = isPlain ? plain(data, count) : dictionary
  const indexes = isPlain ? undefined : hybrid(data, 1, data.getUint8(0), count)

  let next = 0
  for (let row = 0; row < num_rows; row++) {
    if (defined?.[row] === 0) continue
    const value = values[indexes ? (indexes[next] ?? 0) : next]
    if (value === undefined) throw new Error('a page has too few values')
    target[at + row] = value
    next++
  }
}

/** Parquet's hybrid of run lengths and packed bits, from byte `offset` to the end. */
function hybrid(view: DataView, offset: number, bitWidth: number, count: number): Int32Array {
  const output = new Int32Array(count)
  readRleBitPackedHybrid({ view, offset }, bitWidth, output, view.byteLength - offset)
  return output
}

const unpacked = (bytes: Uint8Array, isCompressed: boolean): DataView =>
  viewOf(isCompressed ? zstdDecompressSync(bytes) : bytes)

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength)

// Without ignoreBOM a group id that begins with U+FEFF would come back without it.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Strings as their numbers in the column. */
const stringsOf =
  (column: StringColumn, list: readonly string[] | undefined): Plain<number> =>
  (page, count) => {
    const values = new Int32Array(count)
    for (let i = 0, at = 0; i < count; i++) {
      const length = page.getUint32(at, true)
      const text = utf8.decode(new Uint8Array(page.buffer, page.byteOffset + at + 4, length))
      values[i] = column.numberOf(list ? knownIn(list, text) : text)
      at += 4 + length
    }
    return values
  }

const int32s: Plain<number> = (page, count) => {
  const values = new Int32Array(count)
  for (let i = 0; i < count; i++) values[i] = page.getInt32(4 * i, true)
  return values
}

const int64s: Plain<bigint> = (page, count) => {
  const values = new BigInt64Array(count)
  for (let i = 0; i < count; i++) values[i] = page.getBigInt64(8 * i, true)
  return values
}

/** An int64 as a time, ms since the epoch. */
const times: Plain<number> = (page, count) => {
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const time = page.getInt32(8 * i + 4, true) * 2 ** 32 + page.getUint32(8 * i, true)
    // Earlier versions stored an expiry of 2^63, which never comes, as −2^63.
    values[i] = time < -LATEST_TIME ? LATEST_TIME : inDateRange(time)
  }
  return values
}
