/**
 * Walks through a struct of Thrift's compact protocol without keeping anything. hyparquet makes room for as many
 * elements as a list claims to have, before it reads them; after this walk they are known to be there.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @throws RangeError where the struct goes on beyond the end
 */
export function walkStruct(view: DataView, offset: number): number {
  let at = offset
  for (;;) {
    const field = view.getUint8(at++)
    const type = field & 0x0f
    if (type === STOP) return at
    // The number of the field, where it is not told by the distance to the one before.
    if (field >> 4 === 0) at = varint(view, at).end
    if (type !== TRUE && type !== FALSE) at = walk(view, at, type)
  }
}

const STOP = 0
const TRUE = 1
const FALSE = 2

/** Returns where the value ends. */
function walk(view: DataView, at: number, type: number): number {
  switch (type) {
    case TRUE:
    case FALSE:
    case 3: // byte
      return at + 1
    case 4: // int16
    case 5: // int32
    case 6: // int64
      return varint(view, at).end
    case 7: // double
      return at + 8
    case 8: {
      const { value: length, end } = varint(view, at)
      return end + length
    }
    case 9:
      return walkList(view, at)
    case 12:
      return walkStruct(view, at)
    default:
      throw new Error(`it has a field of the type ${type}`)
  }
}

function walkList(view: DataView, at: number): number {
  const header = view.getUint8(at)
  const long = header >> 4 === 15 ? varint(view, at + 1) : { value: header >> 4, end: at + 1 }
  let end = long.end
  for (let i = 0; i < long.value; i++) {
    end = walk(view, end, header & 0x0f)
    if (end > view.byteLength) throw new RangeError('a list has fewer elements than it claims')
  }
  return end
}

function varint(view: DataView, at: number): { value: number; end: number } {
  let [value, end] = [0, at]
  for (let factor = 1; ; factor *= 128) {
    const byte = view.getUint8(end++)
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return { value, end }
  }
}
