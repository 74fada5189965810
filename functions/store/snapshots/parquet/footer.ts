import { readInt, readString, walkList, walkStruct } from './thrift.ts'

/** Position of one column of a row group in the file. */
export interface ColumnChunkRange {
  name: string
  isZstd: boolean
  /** Position of the chunk's first page in the file. */
  start: number
  /** bytes */
  length: number
  /** Number of rows without a value; undefined if the footer does not contain it. */
  nulls: number | undefined
}

export interface FooterRowGroup {
  rows: number
  /** Empty if the row group is not wanted. */
  columns: ColumnChunkRange[]
}

const ZSTD = 6

/**
 * The footer's facts about its row groups, in one pass. hyparquet also makes objects of the bounds, the encodings and
 * the sizes of each column; that takes half of the time of reading a group.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 * @param footer the file's last bytes. The metadata lies before its length, 4 bytes, and the magic number.
 * @param isWanted true for the row groups, by their position, whose columns are needed
 * @throws RangeError if the metadata continues beyond the end
 */
export function readFooter(footer: Uint8Array, isWanted: (rowGroup: number) => boolean): FooterRowGroup[] {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  const end = footer.byteLength - 8
  if (view.getUint32(end + 4, true) !== MAGIC) throw new Error('it does not end like a Parquet file')
  const rowGroups: FooterRowGroup[] = []
  walkStruct(view, end - view.getUint32(end, true), (field, at) =>
    field === 4 ? walkList(view, at, item => readRowGroup(view, item, rowGroups, isWanted)) : undefined,
  )
  return rowGroups
}

/** `PAR1` */
const MAGIC = 0x31524150

function readRowGroup(
  view: DataView,
  offset: number,
  into: FooterRowGroup[],
  isWanted: (rowGroup: number) => boolean,
): number {
  const rowGroup: FooterRowGroup = { rows: -1, columns: [] }
  const hasColumns = isWanted(into.length)
  into.push(rowGroup)
  return walkStruct(view, offset, (field, at) => {
    if (field === 1 && hasColumns)
      return walkList(view, at, item => readColumnChunk(view, item, rowGroup.columns))
    if (field === 3) rowGroup.rows = readInt(view, at)
    return undefined
  })
}

function readColumnChunk(view: DataView, offset: number, into: ColumnChunkRange[]): number {
  return walkStruct(view, offset, (field, at) => (field === 3 ? readMetaData(view, at, into) : undefined))
}

function readMetaData(view: DataView, offset: number, into: ColumnChunkRange[]): number {
  const chunk: ColumnChunkRange = { name: '', isZstd: false, start: 0, length: 0, nulls: undefined }
  into.push(chunk)
  let [dictionary, data]: [number | undefined, number] = [undefined, 0]
  const end = walkStruct(view, offset, (field, at) => {
    switch (field) {
      case 3:
        return walkList(view, at, item => {
          const { text, end } = readString(view, item)
          chunk.name ||= text
          return end
        })
      case 4:
        chunk.isZstd = readInt(view, at) === ZSTD
        break
      case 7:
        chunk.length = readInt(view, at)
        break
      case 9:
        data = readInt(view, at)
        break
      case 11:
        dictionary = readInt(view, at)
        break
      case 12:
        return walkStruct(view, at, (field, at) => {
          if (field === 3) chunk.nulls = readInt(view, at)
          return undefined
        })
    }
    return undefined
  })
  chunk.start = dictionary ?? data
  return end
}
