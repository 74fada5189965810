import { zstdCompressSync } from 'node:zlib'
import type { ColumnChunk, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { type Cells, NULL_INT32, NULL_INT64, NULL_TIME } from '../../../core/columns/schema.ts'
import { NULL_STRING, StringColumn } from '../../../core/columns/string-column.ts'
import { inDateRange } from '../../../core/time.ts'
import { writeHybrid } from './hybrid.ts'
import { writeDataPage, writeDictionaryPage } from './page.ts'

/** From this many distinct numbers on, ZSTD compresses the numbers better than a dictionary's indexes. */
const LARGEST_DICTIONARY_OF_NUMBERS = 256

/**
 * Bytes; smaller pages take more time to compress than they save. Most chunks are smaller: they hold one value
 * everywhere, or none.
 */
const WORTH_COMPRESSING = 100

/**
 * Writes rows [from, to) of a column as a Parquet column chunk: a dictionary page, unless there are too many distinct
 * numbers, and one data page (v2). This writer uses the table's own arrays; a general writer needs the values as
 * objects.
 */
export function writeColumnChunk(
  writer: ByteWriter,
  element: SchemaElement,
  column: Cells,
  from: number,
  to: number,
): ColumnChunk {
  const chunk = { element, rows: to - from, largestDictionary: LARGEST_DICTIONARY_OF_NUMBERS }
  if (column instanceof StringColumn) {
    const cells = column.numbers.subarray(from, to)
    return write(writer, { ...chunk, largestDictionary: Infinity }, cells, NULL_STRING, stringsOf(column))
  }
  const cells = column.subarray(from, to)
  if (cells instanceof Float64Array) return write(writer, chunk, cells, NULL_TIME, times)
  // The number that means null in an optional column is a number like any other in a required one.
  const isOptional = element.repetition_type === 'OPTIONAL'
  return cells instanceof Int32Array
    ? write(writer, chunk, cells, isOptional ? NULL_INT32 : undefined, int32s)
    : write(writer, chunk, cells, isOptional ? NULL_INT64 : undefined, int64s)
}

interface Chunk {
  element: SchemaElement
  rows: number
  largestDictionary: number
}

/** Rows of a column; empty if no row has a value. */
interface TypedValues<T> extends ArrayLike<T> {
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
  readonly byteLength: number
  readonly BYTES_PER_ELEMENT: number
  filter(isWanted: (value: T) => boolean): ArrayLike<T>
}

/** Parquet's PLAIN encoding, with the minimum and the maximum. */
interface PlainEncoder {
  bytes: Uint8Array
  bounds: { min_value?: Bound; max_value?: Bound }
}
type Bound = Buffer | number | bigint

function write<T>(
  writer: ByteWriter,
  { element: { name, type = 'BYTE_ARRAY', repetition_type }, rows, largestDictionary }: Chunk,
  cells: TypedValues<T>,
  none: T | undefined,
  plain: (values: ArrayLike<T>) => PlainEncoder,
): ColumnChunk {
  const isOptional = repetition_type === 'OPTIONAL'
  const { indexes, distinct, count } = scan(cells, none, largestDictionary)
  const nulls = rows - count
  if (nulls > 0 && !isOptional) throw new RangeError(`the column ${name} has rows without a value`)

  const isSome = (value: T) => !Object.is(value, none)
  const { bytes, bounds } = plain(distinct ?? (nulls > 0 ? cells.filter(isSome) : cells))

  const levels = new ByteWriter(16)
  if (isOptional) writeLevels(levels, indexes, rows, nulls)
  const encoding = distinct ? 'RLE_DICTIONARY' : 'PLAIN'
  const data = distinct ? indexPage(nulls > 0 ? indexes.filter(isIndex) : indexes, distinct.length) : bytes
  const codec = bytes.length + data.length < WORTH_COMPRESSING ? 'UNCOMPRESSED' : 'ZSTD'

  const start = writer.offset
  let saved = 0
  if (distinct) {
    const page = codec === 'ZSTD' ? compressed(bytes) : bytes
    saved += bytes.length - page.length
    writeDictionaryPage(writer, { bytes: page, size: bytes.length, values: distinct.length })
  }

  const dataStart = writer.offset
  // Unlike a dictionary page, this page may stay uncompressed while others are compressed.
  const isCompressed = codec === 'ZSTD' && data.length >= WORTH_COMPRESSING
  const page = isCompressed ? compressed(data) : data
  saved += data.length - page.length
  writeDataPage(writer, {
    bytes: page,
    size: data.length,
    levels: levels.getBytes(),
    rows,
    nulls,
    encoding,
    isCompressed,
  })

  const size = writer.offset - start
  return {
    file_offset: BigInt(start),
    meta_data: {
      type,
      encodings: distinct ? ['PLAIN', encoding] : [encoding],
      path_in_schema: [name],
      codec,
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(size + saved),
      total_compressed_size: BigInt(size),
      data_page_offset: BigInt(dataStart),
      ...(distinct && { dictionary_page_offset: BigInt(start) }),
      statistics: { ...bounds, null_count: BigInt(nulls) },
    },
  }
}

/** The index of a row without a value. */
const NONE = -1
const isIndex = (index: number) => index !== NONE

/**
 * Finds the distinct values, and each row's index among them. Most rows repeat the row before; the comparison uses
 * their bits, since a number for each of ten million cells would be an object.
 * @param largest with more distinct values, `distinct` is undefined, and the indexes only tell which rows have a value
 */
function scan<T>(cells: TypedValues<T>, none: T | undefined, largest: number) {
  const bits = new Int32Array(cells.buffer, cells.byteOffset, cells.byteLength / 4)
  const width = cells.BYTES_PER_ELEMENT / 4
  const indexOf = new Map<T, number>()
  const indexes = new Int32Array(cells.length)
  let [index, count] = [NONE, 0]
  for (let row = 0, at = 0; row < cells.length; row++, at += width) {
    const isNew = row === 0 || bits[at] !== bits[at - width] || bits[at + width - 1] !== bits[at - 1]
    if (isNew) index = indexOfValue(indexOf, cells[row], none, largest)
    if (index !== NONE) count++
    indexes[row] = index
  }
  return { indexes, count, distinct: indexOf.size > largest ? undefined : [...indexOf.keys()] }
}

function indexOfValue<T>(
  indexOf: Map<T, number>,
  value: T | undefined,
  none: T | undefined,
  largest: number,
): number {
  if (value === undefined || Object.is(value, none)) return NONE
  if (indexOf.size > largest) return 0
  const index = indexOf.get(value) ?? indexOf.size
  if (index === indexOf.size) indexOf.set(value, index)
  return index
}

/** 1 for a row with a value, 0 for one without. */
function writeLevels(levels: ByteWriter, indexes: Int32Array, rows: number, nulls: number): void {
  if (nulls > 0 && nulls < rows) {
    writeHybrid(
      levels,
      indexes.map(index => Number(isIndex(index))),
      1,
    )
  } else {
    levels.appendVarInt(rows << 1)
    levels.appendUint8(nulls > 0 ? 0 : 1)
  }
}

function indexPage(indexes: Int32Array, size: number): Uint8Array {
  const page = new ByteWriter(64)
  const bitWidth = Math.ceil(Math.log2(Math.max(size, 1)))
  page.appendUint8(bitWidth)
  writeHybrid(page, indexes, bitWidth)
  return page.getBytes()
}

/** The default output buffer is 16 KB for each of some thousand pages. */
const compressed = (page: Uint8Array): Uint8Array => zstdCompressSync(page, { chunkSize: page.length + 64 })

/** Strings with their length in front, ordered by their bytes. */
const stringsOf =
  ({ strings }: StringColumn) =>
  (numbers: ArrayLike<number>): PlainEncoder => {
    const texts = Array.from(numbers, number => Buffer.from(strings[number] ?? ''))
    const lengths = texts.map(({ length }) => new Uint8Array(Uint32Array.of(length).buffer))
    return {
      bytes: Buffer.concat(texts.flatMap((text, i) => [lengths[i] ?? text, text])),
      bounds: boundsOf(texts, (a, b) => a.compare(b) < 0),
    }
  }

const int32s = (values: ArrayLike<number>): PlainEncoder => ({
  bytes: bytesOf(Int32Array.from(values)),
  bounds: boundsOf(values),
})

const int64s = (values: ArrayLike<bigint>): PlainEncoder => ({
  bytes: bytesOf(BigInt64Array.from(values)),
  bounds: boundsOf(values),
})

/** An int64 in two halves, which needs no BigInt. A deadline may be a sum beyond a Date's range. */
function times(unbounded: ArrayLike<number>): PlainEncoder {
  const values = Float64Array.from(unbounded, inDateRange)
  const halves = new Int32Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const time = values[i] ?? 0
    halves[2 * i] = time
    halves[2 * i + 1] = Math.floor(time / 2 ** 32)
  }
  return { bytes: bytesOf(halves), bounds: boundsOf(values) }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength)

function boundsOf<T extends Bound>(
  values: ArrayLike<T>,
  isLess = (a: T, b: T) => a < b,
): PlainEncoder['bounds'] {
  const first = values[0]
  if (first === undefined) return {}
  let [min, max]: [T, T] = [first, first]
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? first
    if (isLess(value, min)) min = value
    else if (isLess(max, value)) max = value
  }
  return { min_value: min, max_value: max }
}
