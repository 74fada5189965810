import { zstdCompressSync } from 'node:zlib'
import type { ColumnChunk, ParquetType, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { type Column, NULL_INT32, NULL_INT64 } from '../core/commit-table.ts'

/** With this many different numbers, ZSTD makes less of the numbers themselves than of a dictionary's indexes. */
const LARGEST_DICTIONARY_OF_NUMBERS = 256

/** Bytes; below it ZSTD takes more time than it is worth. Most chunks are: one value all over, or none. */
const WORTH_COMPRESSING = 100

/**
 * Writes rows [from, to) of a column as a Parquet column chunk: a dictionary page, unless it has too many numbers, and
 * one data page (v2). It takes the table's own arrays, where the general writer would first want its values as objects.
 */
export function writeColumnChunk(
  writer: ByteWriter,
  { name, type = 'BYTE_ARRAY', repetition_type }: SchemaElement,
  column: Column,
  from: number,
  to: number,
): ColumnChunk {
  const isOptional = repetition_type === 'OPTIONAL'
  const { defined, values } = scan(column, from, to, isOptional)
  const [rows, count] = [to - from, values.length]
  const { indexes, dictionary } = indexed(values) ?? {}

  const levels = new ByteWriter()
  if (isOptional) writeRleBitPackedHybrid(levels, defined, 1)
  else if (count < rows) throw new RangeError(`the column ${name} has rows without a value`)

  const distinct = (dictionary ?? values).map(value =>
    typeof value === 'string' ? Buffer.from(value) : value,
  )
  const plain = plainPage(distinct, type)
  const data = indexes ? indexPage(indexes, distinct.length) : plain
  const codec = plain.offset + data.offset < WORTH_COMPRESSING ? 'UNCOMPRESSED' : 'ZSTD'
  const stored = (page: ByteWriter) => (codec === 'ZSTD' ? compressed(page) : page.getBytes())

  const start = writer.offset
  let saved = 0
  if (indexes) {
    const bytes = stored(plain)
    saved += plain.offset - bytes.length
    writePageHeader(writer, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: plain.offset,
      compressed_page_size: bytes.length,
      dictionary_page_header: { num_values: distinct.length, encoding: 'PLAIN' },
    })
    writer.appendBytes(bytes)
  }

  const dataStart = writer.offset
  const encoding = indexes ? 'RLE_DICTIONARY' : 'PLAIN'
  const bytes = stored(data)
  saved += data.offset - bytes.length
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.offset + data.offset,
    compressed_page_size: levels.offset + bytes.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: rows - count,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: levels.offset,
      repetition_levels_byte_length: 0,
      is_compressed: codec === 'ZSTD',
    },
  })
  writer.appendBytes(levels.getBytes())
  writer.appendBytes(bytes)

  const size = writer.offset - start
  return {
    file_offset: BigInt(start),
    meta_data: {
      type,
      encodings: indexes ? ['PLAIN', encoding] : [encoding],
      path_in_schema: [name],
      codec,
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(size + saved),
      total_compressed_size: BigInt(size),
      data_page_offset: BigInt(dataStart),
      ...(indexes && { dictionary_page_offset: BigInt(start) }),
      statistics: { ...bounds(distinct), null_count: BigInt(rows - count) },
    },
  }
}

type Value = string | number | bigint
type Plain = Buffer | number | bigint

/** Which of them is null, and the values of the others. */
function scan(column: Column, from: number, to: number, isOptional: boolean) {
  const none = isOptional ? nullOf(column) : null
  const defined = new Uint8Array(to - from)
  const values: Value[] = []
  for (let i = from; i < to; i++) {
    const value = column[i] ?? null
    if (value === null || value === none || Number.isNaN(value)) continue
    defined[i - from] = 1
    values.push(value)
  }
  return { defined, values }
}

/** Each different value once, and which of them stands where; undefined where too many numbers differ. */
function indexed(values: Value[]): { indexes: number[]; dictionary: Value[] } | undefined {
  const dictionary = new Map<Value, number>()
  const indexes: number[] = []
  let [last, index]: [Value | undefined, number] = [undefined, 0]
  for (const value of values) {
    // Rows are sorted, so neighbours are often alike.
    if (value !== last) {
      last = value
      index = dictionary.get(value) ?? dictionary.size
      if (index === dictionary.size) dictionary.set(value, index)
      if (index === LARGEST_DICTIONARY_OF_NUMBERS && typeof value !== 'string') return undefined
    }
    indexes.push(index)
  }
  return { indexes, dictionary: [...dictionary.keys()] }
}

/** What stands for null in the column, beside NaN. */
function nullOf(column: Column) {
  if (column instanceof Int32Array) return NULL_INT32
  return column instanceof BigInt64Array ? NULL_INT64 : null
}

/** Strings behind their length, numbers as little-endian integers: a time in two halves, which needs no BigInt. */
function plainPage(values: Plain[], type: ParquetType): ByteWriter {
  const page = new ByteWriter()
  for (const value of values) {
    if (typeof value === 'bigint') page.appendInt64(value)
    else if (typeof value === 'number') {
      page.appendInt32(value)
      if (type === 'INT64') page.appendInt32(Math.floor(value / 2 ** 32))
    } else {
      page.appendUint32(value.length)
      page.appendBytes(value)
    }
  }
  return page
}

function indexPage(indexes: number[], size: number): ByteWriter {
  const page = new ByteWriter()
  const bitWidth = Math.ceil(Math.log2(Math.max(size, 1)))
  page.appendUint8(bitWidth)
  writeRleBitPackedHybrid(page, indexes, bitWidth)
  return page
}

/** By default each of some thousand pages would get an output buffer of 16 KB. */
const compressed = (page: ByteWriter): Uint8Array =>
  zstdCompressSync(page.getBytes(), { chunkSize: page.offset + 64 })

/** The least and the greatest value; of strings, in the order of their bytes. */
function bounds(values: Plain[]) {
  const [first] = values
  if (first === undefined) return {}

  let [min, max] = [first, first]
  for (const value of values) {
    if (isLess(value, min)) min = value
    else if (isLess(max, value)) max = value
  }
  return { min_value: min, max_value: max }
}

const isLess = (a: Plain, b: Plain): boolean =>
  Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.compare(b) < 0 : a < b
