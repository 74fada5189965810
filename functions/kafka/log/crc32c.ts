/** CRC-32C (Castagnoli), which Kafka puts before each record batch; node:zlib has only the other CRC-32. */

const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/** Table k tells what a byte does to the sum k bytes later, so that eight bytes are summed in one step. */
const tables = Array.from({ length: SLICES }, () => new Uint32Array(256))
for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1
  at(0)[byte] = sum
}
for (let k = 1; k < SLICES; k++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = at(k - 1)[byte] ?? 0
    at(k)[byte] = (before >>> 8) ^ (at(0)[before & 0xff] ?? 0)
  }
}

function at(k: number): Uint32Array {
  return tables[k] ?? new Uint32Array(256)
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]

/** The checksum of bytes[from, to), as an unsigned number. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let sum = 0xffffffff
  let i = from
  for (; i + SLICES <= to; i += SLICES) {
    const low =
      sum ^
      (byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24))
    sum =
      byte(t7, low & 0xff) ^
      byte(t6, (low >>> 8) & 0xff) ^
      byte(t5, (low >>> 16) & 0xff) ^
      byte(t4, low >>> 24) ^
      byte(t3, byte(bytes, i + 4)) ^
      byte(t2, byte(bytes, i + 5)) ^
      byte(t1, byte(bytes, i + 6)) ^
      byte(t0, byte(bytes, i + 7))
  }
  for (; i < to; i++) sum = (sum >>> 8) ^ byte(t0, (sum ^ byte(bytes, i)) & 0xff)
  return ~sum >>> 0
}

/** Never undefined: the index is within bounds by the loop's condition, and tables have 256 entries. */
const byte = (array: Uint8Array | Uint32Array, index: number): number => array[index] ?? 0
