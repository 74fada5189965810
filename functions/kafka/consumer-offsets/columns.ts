/** The same numbers in a column of twice the length. The old one's memory is given back at once, not when it is collected. */
export function doubled<T extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(column: T): T
export function doubled(column: Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>) {
  const buffer = column.buffer.transfer(2 * column.byteLength)
  return column instanceof Int32Array ? new Int32Array(buffer) : new Float64Array(buffer)
}
