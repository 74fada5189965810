/** Of the index of a dictionary's value: 16 million values. */
const WIDEST = 24

/**
 * Parquet's hybrid of run lengths and packed bits, from byte `offset` on. hyparquet has the same, but follows a run as
 * far as its length claims; this one ends with the last value.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 *
 * @throws RangeError where there are fewer than `count` values
 */
export function readHybrid(view: DataView, offset: number, bitWidth: number, count: number): Int32Array {
  if (bitWidth > WIDEST) throw new RangeError(`its values are ${bitWidth} bits wide`)
  const values = new Int32Array(count)
  const mask = (1 << bitWidth) - 1
  let [at, row] = [offset, 0]
  while (row < count) {
    let [header, factor] = [0, 1]
    for (let byte = 0x80; byte >= 0x80; factor *= 128) {
      byte = view.getUint8(at++)
      header += (byte & 0x7f) * factor
    }
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      let value = 0
      for (let bits = 0; bits < bitWidth; bits += 8) value |= view.getUint8(at++) << bits
      const end = Math.min(count, row + length)
      values.fill(value, row, end)
      row = end
    } else {
      const [start, end] = [at, Math.min(count, row + 8 * length)]
      let [bits, held] = [0, 0]
      for (; row < end; row++) {
        for (; held < bitWidth; held += 8) bits |= view.getUint8(at++) << held
        values[row] = bits & mask
        bits >>>= bitWidth
        held -= bitWidth
      }
      at = start + length * bitWidth
    }
  }
  return values
}
