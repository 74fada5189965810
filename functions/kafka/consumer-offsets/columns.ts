/**
 * Copies a column into one of twice the length. Frees the old column's memory at once, without waiting for the garbage
 * collector.
 */
export function doubled<T extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(column: T): T
export function doubled(column: Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>) {
  const buffer = column.buffer.transfer(2 * column.byteLength)
  return column instanceof Int32Array ? new Int32Array(buffer) : new Float64Array(buffer)
}
