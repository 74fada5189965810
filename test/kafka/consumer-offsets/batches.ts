import { createRequire } from 'node:module'
import { gzipSync, zstdCompressSync } from 'node:zlib'

/** Writes log bytes like a broker, with kafkajs's checksum and none of the code under test. */
const crc32c: (bytes: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C',
)

export interface RecordToWrite {
  key: Buffer | null
  value: Buffer | null
  /** 0 for the first record by default, and one more for each following one. */
  offsetDelta?: number
  timestampDelta?: number
}

export interface BatchToWrite {
  records: readonly RecordToWrite[]
  baseOffset?: number
  lastOffsetDelta?: number
  leaderEpoch?: number
  attributes?: number
  codec?: number
  baseTimestamp?: number
  maxTimestamp?: number
  producerId?: number
  recordCount?: number
  magic?: number
  /** Replaces the compressed records. */
  body?: Buffer
}

export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20
export const DELETE_HORIZON = 0x40
export const LOG_APPEND_TIME = 0x08

/** ms since the epoch */
export const writtenAt = Date.UTC(2026, 10, 22)

export function batch(options: BatchToWrite): Buffer {
  const { records, baseOffset = 0, leaderEpoch = 5, attributes = 0, codec = 0, magic = 2 } = options
  const { baseTimestamp = writtenAt, maxTimestamp = writtenAt, producerId = -1 } = options
  const last = records.at(-1)?.offsetDelta ?? Math.max(records.length - 1, 0)

  const body = options.body ?? compressed(codec, Buffer.concat(records.map(recordBytes)))
  const bytes = Buffer.concat([Buffer.alloc(61), body])
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(leaderEpoch, 12)
  bytes.writeInt8(magic, 16)
  bytes.writeInt16BE(attributes | codec, 21)
  bytes.writeInt32BE(options.lastOffsetDelta ?? last, 23)
  bytes.writeBigInt64BE(BigInt(baseTimestamp), 27)
  bytes.writeBigInt64BE(BigInt(maxTimestamp), 35)
  bytes.writeBigInt64BE(BigInt(producerId), 43)
  bytes.writeInt16BE(0, 51)
  bytes.writeInt32BE(-1, 53)
  bytes.writeInt32BE(options.recordCount ?? records.length, 57)
  return withChecksum(bytes)
}

/** The same batch with a correct checksum. */
export function withChecksum(bytes: Buffer): Buffer {
  bytes.writeInt32BE(crc32c(bytes.subarray(21)) | 0, 17)
  return bytes
}

function recordBytes(record: RecordToWrite, index: number): Buffer {
  const { key, value, offsetDelta = index, timestampDelta = 0 } = record
  const body = Buffer.concat([
    Buffer.of(0),
    varint(timestampDelta),
    varint(offsetDelta),
    varint(key?.length ?? -1),
    key ?? Buffer.of(),
    varint(value?.length ?? -1),
    value ?? Buffer.of(),
    varint(0),
  ])
  return Buffer.concat([varint(body.length), body])
}

/** Zigzag, up to 64 bits. */
export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)); ; rest >>= 7n) {
    const byte = Number(rest & 0x7fn)
    bytes.push(rest > 0x7fn ? byte | 0x80 : byte)
    if (rest <= 0x7fn) return Buffer.from(bytes)
  }
}

/** Snappy and LZ4 without compression. The output of Java's compressors comes from a real broker. */
function compressed(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case 1:
      return gzipSync(bytes)
    case 2:
      return Buffer.concat([xerial, int32(snappyLiteral(bytes).length), snappyLiteral(bytes)])
    case 3:
      return Buffer.concat([lz4Header, littleEndian(bytes.length | 0x80000000), bytes, Buffer.alloc(4)])
    case 4:
      return zstdCompressSync(bytes)
    default:
      return bytes
  }
}

export const xerial = Buffer.concat([Buffer.from('\x82SNAPPY\0', 'latin1'), int32(1), int32(1)])
export const lz4Header = Buffer.from('04224d18604082', 'hex')

const snappyLiteral = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0), Buffer.of(63 << 2), littleEndian(bytes.length - 1), bytes])

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function int64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

export function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value | 0)
  return bytes
}
