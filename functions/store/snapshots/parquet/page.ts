import type { ByteWriter } from 'hyparquet-writer'
import { readStruct } from './thrift.ts'

// The part of Thrift's compact protocol that page headers need: for each number, one byte for its field and at least
// one for its value. A general writer looks up each field by its name, for thousands of pages.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

const DATA_PAGE_V2 = 3
const DICTIONARY_PAGE = 2
const encodings = { PLAIN: 0, RLE_DICTIONARY: 8 }

interface Page {
  /** The bytes that are stored. */
  bytes: Uint8Array
  /** Bytes before compression. */
  size: number
}

/** A dictionary page: each value once. */
export function writeDictionaryPage(
  writer: ByteWriter,
  { bytes, size, values }: Page & { values: number },
): void {
  writeInts(writer, [DICTIONARY_PAGE, size, bytes.length])
  writer.appendUint8(structAfter(3, 7))
  writeInts(writer, [values, encodings.PLAIN])
  endStructs(writer)
  writer.appendBytes(bytes)
}

/** A data page: values, or indexes into a dictionary. */
export function writeDataPage(
  writer: ByteWriter,
  page: Page & {
    /** Definition levels: the rows that have a value. */
    levels: Uint8Array
    rows: number
    nulls: number
    encoding: keyof typeof encodings
    isCompressed: boolean
  },
): void {
  const { bytes, size, levels, rows, nulls, encoding, isCompressed } = page
  writeInts(writer, [DATA_PAGE_V2, levels.length + size, levels.length + bytes.length])
  writer.appendUint8(structAfter(3, 8))
  writeInts(writer, [rows, nulls, rows, encodings[encoding], levels.length, 0])
  writer.appendUint8(isCompressed ? TRUE : FALSE)
  endStructs(writer)
  writer.appendBytes(levels)
  writer.appendBytes(bytes)
}

export interface PageHeader {
  type: number
  /** Bytes before compression, and bytes stored behind the header. */
  size: number
  storedSize: number
  dictionary?: { values: number }
  data?: DataHeader
  /** Offset of the page's first byte. */
  end: number
}

export interface DataHeader {
  rows: number
  nulls: number
  isPlain: boolean
  levelsSize: number
  isCompressed: boolean
}

/** @throws RangeError if the header exceeds the bytes */
export function readPageHeader(view: DataView, offset: number): PageHeader {
  const { fields, end } = readStruct(view, offset)
  const header: PageHeader = { ...sizes(fields), end }
  const [dictionary, data] = [fields.get(7), fields.get(8)]
  if (dictionary !== undefined)
    header.dictionary = { values: readStruct(view, dictionary).fields.get(1) ?? 0 }
  if (data !== undefined) header.data = dataHeader(readStruct(view, data).fields)
  return header
}

const sizes = (fields: Map<number, number>) => ({
  type: fields.get(1) ?? 0,
  size: fields.get(2) ?? 0,
  storedSize: fields.get(3) ?? 0,
})

const dataHeader = (fields: Map<number, number>): DataHeader => ({
  nulls: fields.get(2) ?? 0,
  rows: fields.get(3) ?? 0,
  isPlain: fields.get(4) === encodings.PLAIN,
  levelsSize: fields.get(5) ?? 0,
  isCompressed: fields.get(7) !== 0,
})

// A field header is one byte: the distance from the previous field's number, and the type.
const NEXT = 0x10
const TRUE = NEXT | 1
const FALSE = NEXT | 2
const INT32 = NEXT | 5
const structAfter = (last: number, field: number) => ((field - last) << 4) | 12

/** The fields 1, 2, … of a struct. */
function writeInts(writer: ByteWriter, values: number[]): void {
  for (const value of values) {
    writer.appendUint8(INT32)
    writer.appendZigZag(value)
  }
}

/** Ends the inner and the outer struct. */
function endStructs(writer: ByteWriter): void {
  writer.appendUint8(0)
  writer.appendUint8(0)
}
