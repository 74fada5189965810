/** CRC-32C (Castagnoli), the checksum in the header of each record batch. node:zlib has only the other CRC-32. */

const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/** Table k holds the effect of a byte on the checksum k bytes later, so that one step handles eight bytes. */
const tables = Array.from({ length: SLICES }, () => new Int32Array(256))
for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1
  table(0)[byte] = sum
}
for (let k = 1; k < SLICES; k++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = at(table(k - 1), byte)
    table(k)[byte] = (before >>> 8) ^ at(table(0), before & 0xff)
  }
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = [
  table(0),
  table(1),
  table(2),
  table(3),
  table(4),
  table(5),
  table(6),
  table(7),
]

/** The checksum of bytes [from, to), as an unsigned number. */
export function crc32c(bytes: DataView, from: number, to: number): number {
  let sum = -1
  let i = from
  for (; i + SLICES <= to; i += SLICES) {
    const low = sum ^ bytes.getInt32(i, true)
    const high = bytes.getInt32(i + 4, true)
    sum =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, high & 0xff) ^
      at(t2, (high >>> 8) & 0xff) ^
      at(t1, (high >>> 16) & 0xff) ^
      at(t0, high >>> 24)
  }
  for (; i < to; i++) sum = (sum >>> 8) ^ at(t0, (sum ^ bytes.getUint8(i)) & 0xff)
  return ~sum >>> 0
}

function table(k: number): Int32Array {
  return tables[k] ?? new Int32Array(256)
}

/** Never undefined: a table has an entry for each byte. */
function at(table: Int32Array, byte: number): number {
  return table[byte] ?? 0
}
