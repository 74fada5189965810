/**
 * Walks through a struct of Thrift's compact protocol without keeping anything. hyparquet allocates as many elements as
 * a list claims, before it reads them; this walk proves first that they exist.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @throws RangeError if the struct exceeds the bytes
 */
export function walkStruct(view: DataView, offset: number, visit?: Visit): number {
  let [at, field] = [offset, 0]
  for (;;) {
    const header = view.getUint8(at++)
    const type = header & 0x0f
    if (type === STOP) return at
    const distance = header >> 4
    if (distance > 0) field += distance
    else {
      field = readInt(view, at)
      at = endOfVarint(view, at)
    }
    const end = visit?.(field, at, type)
    if (end !== undefined) at = end
    else if (type !== TRUE && type !== FALSE) at = walk(view, at, type)
  }
}

/**
 * Called for each field of a struct, but not of nested structs, with the offset of its value. Returns the end of the
 * value if it has walked through it.
 */
type Visit = (field: number, at: number, type: number) => number | undefined

/**
 * The fields of a struct by number: an integer, 1 or 0 for a boolean, or the offset of any other value.
 * @throws RangeError if the struct exceeds the bytes
 */
export function readStruct(view: DataView, offset: number): { fields: Map<number, number>; end: number } {
  const fields = new Map<number, number>()
  const end = walkStruct(view, offset, (field, at, type) => {
    if (type === TRUE || type === FALSE) fields.set(field, type === TRUE ? 1 : 0)
    else if (type === INT32 || type === INT64) fields.set(field, readInt(view, at))
    else fields.set(field, at)
    return undefined
  })
  return { fields, end }
}

const STOP = 0
const TRUE = 1
const FALSE = 2
const INT32 = 5
const INT64 = 6

/** Returns the end of the value. */
function walk(view: DataView, at: number, type: number): number {
  switch (type) {
    case TRUE:
    case FALSE:
    case 3: // byte
      return at + 1
    case 4: // int16
    case INT32:
    case INT64:
      return endOfVarint(view, at)
    case 7: // double
      return at + 8
    case 8:
      return endOfVarint(view, at) + varint(view, at)
    case 9:
      return walkList(view, at)
    case 12:
      return walkStruct(view, at)
    default:
      throw new Error(`it has a field of the type ${type}`)
  }
}

/** An integer of any size. Beyond 2^53 it loses digits. */
export const readInt = (view: DataView, at: number): number => zigzag(varint(view, at))

export function readString(view: DataView, at: number): { text: string; end: number } {
  const [length, end] = [varint(view, at), endOfVarint(view, at)]
  if (end + length > view.byteLength) throw new RangeError('a string goes on beyond the end')
  return { text: utf8.decode(new Uint8Array(view.buffer, view.byteOffset + end, length)), end: end + length }
}

const utf8 = new TextDecoder()

/**
 * Walks through a list.
 * @param walkItem returns the end of the item, and may keep it
 */
export function walkList(view: DataView, at: number, walkItem?: (at: number) => number): number {
  const header = view.getUint8(at)
  const isLong = header >> 4 === 15
  const length = isLong ? varint(view, at + 1) : header >> 4
  let end = isLong ? endOfVarint(view, at + 1) : at + 1
  for (let i = 0; i < length; i++) {
    end = walkItem ? walkItem(end) : walk(view, end, header & 0x0f)
    if (end > view.byteLength) throw new RangeError('a list has fewer elements than it claims')
  }
  return end
}

// A footer has thousands of integers. An object with the value and the end of each one would be garbage.

function varint(view: DataView, at: number): number {
  let [value, end] = [0, at]
  for (let factor = 1; ; factor *= 128) {
    const byte = view.getUint8(end++)
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value
  }
}

function endOfVarint(view: DataView, at: number): number {
  let end = at
  while (view.getUint8(end) >= 0x80) end++
  return end + 1
}

const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)
