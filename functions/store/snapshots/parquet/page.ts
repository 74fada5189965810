import type { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'

// Thrift's compact protocol, as far as headers of pages need it: 1 + 1 bytes a number instead of a general writer that
// looks at each field of thousands of pages by its name.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

const DATA_PAGE_V2 = 3
const DICTIONARY_PAGE = 2
const encodings = { PLAIN: 0, RLE_DICTIONARY: 8 }

interface Page {
  /** As it is stored. */
  bytes: Uint8Array
  /** Bytes before compression. */
  size: number
}

/** A dictionary: the values, each once. */
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

/** Values, or indexes of a dictionary. */
export function writeDataPage(
  writer: ByteWriter,
  page: Page & {
    /** Definition levels: which rows have a value. */
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

// A field is the distance to the one before and its type, in one byte.
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

/** The inner and the outer one. */
function endStructs(writer: ByteWriter): void {
  writer.appendUint8(0)
  writer.appendUint8(0)
}
