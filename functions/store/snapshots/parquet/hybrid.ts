import type { ByteWriter } from 'hyparquet-writer'

// Parquet's hybrid of run lengths and packed bits.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE

/** Packed bits come in groups of eight values, so a shorter run is not worth its header. */
const GROUP = 8

/** Writes values of `bitWidth` bits, 24 at most. */
export function writeHybrid(writer: ByteWriter, values: Int32Array, bitWidth: number): void {
  let packedFrom = 0
  for (let row = 0; row < values.length; ) {
    const end = endOfRun(values, row)
    if (end - row < GROUP) {
      row += GROUP
      continue
    }
    writePacked(writer, values, packedFrom, row, bitWidth)
    writer.appendVarInt((end - row) << 1)
    for (let bits = 0; bits < bitWidth; bits += 8) writer.appendUint8(((values[row] ?? 0) >> bits) & 0xff)
    row = end
    packedFrom = end
  }
  writePacked(writer, values, packedFrom, values.length, bitWidth)
}

function endOfRun(values: Int32Array, start: number): number {
  let end = start + 1
  while (end < values.length && values[end] === values[start]) end++
  return end
}

/** Writes [from, to) in groups. The last group of a page is filled up with zeros. */
function writePacked(
  writer: ByteWriter,
  values: Int32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  const groups = Math.ceil((to - from) / GROUP)
  if (groups === 0) return
  writer.appendVarInt((groups << 1) | 1)
  let [bits, held] = [0, 0]
  for (let row = from; row < from + groups * GROUP; row++) {
    bits |= (values[row] ?? 0) << held
    for (held += bitWidth; held >= 8; held -= 8) {
      writer.appendUint8(bits & 0xff)
      bits >>>= 8
    }
  }
}

/** Bits of an index into a dictionary, enough for 16 million values. */
const WIDEST = 24

/**
 * Reads the values [from, to) of the hybrid that begins at byte `offset`. hyparquet's reader follows a run as far as
 * its length claims; this one ends with the last value, and skips those before the first.
 * @throws RangeError if there are fewer than `to` values
 */
export function readHybrid(
  view: DataView,
  offset: number,
  bitWidth: number,
  from: number,
  to: number,
): Int32Array {
  if (bitWidth > WIDEST) throw new RangeError(`its values are ${bitWidth} bits wide`)
  const values = new Int32Array(to - from)
  const mask = (1 << bitWidth) - 1
  let [at, row] = [offset, 0]
  while (row < to) {
    let [header, factor] = [0, 1]
    for (let byte = 0x80; byte >= 0x80; factor *= 128) {
      byte = view.getUint8(at++)
      header += (byte & 0x7f) * factor
    }
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      let value = 0
      for (let bits = 0; bits < bitWidth; bits += 8) value |= view.getUint8(at++) << bits
      const end = Math.min(to, row + length)
      if (end > from) values.fill(value, Math.max(0, row - from), end - from)
      row = end
    } else {
      const [start, end] = [at, Math.min(to, row + 8 * length)]
      const skipped = Math.max(0, Math.min(length, Math.floor((from - row) / GROUP)))
      row += skipped * GROUP
      at += skipped * bitWidth
      let [bits, held] = [0, 0]
      for (; row < end; row++) {
        for (; held < bitWidth; held += 8) bits |= view.getUint8(at++) << held
        if (row >= from) values[row - from] = bits & mask
        bits >>>= bitWidth
        held -= bitWidth
      }
      at = start + length * bitWidth
    }
  }
  return values
}
