import { inDateRange } from '../../core/time.ts'
import { Reader, Undecodable } from '../protocol/reader.ts'
import { decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'

/** A batch in the log's format (magic 2). https://kafka.apache.org/documentation/#recordbatch */
export interface RecordBatch {
  baseOffset: number
  /** The first offset after the batch, even if compaction has removed its last records. */
  nextOffset: number
  leaderEpoch: number
  /** Time of the newest record, ms since the epoch. A batch that compaction has emptied keeps this time. */
  maxTimestamp: number
  producerId: number
  transactional: boolean
  /** True if the batch's one record is the marker that ends a transaction. */
  control: boolean
}

/** One record. Key and value are bytes [from, to) of `bytes`, with −1 for null. Valid only until the next record. */
export interface LogRecord {
  offset: number
  /** ms since the epoch */
  timestamp: number
  bytes: Reader
  keyFrom: number
  keyTo: number
  valueFrom: number
  valueTo: number
}

export interface BatchVisitor {
  record(record: LogRecord, batch: RecordBatch): void
  /** Called after a whole batch was read. */
  batch(batch: RecordBatch): void
  /** Called for offsets [from, next) that were skipped because some or all of them cannot be read. */
  unreadable(from: number, next: number, why: string): void
}

export interface Asked {
  /** The requested offset, which may lie within the first batch. */
  from: number
  /** The end of the log (high watermark). */
  end: number
  /** Number of offsets to skip after an unreadable batch whose header gives an impossible end. */
  stride: number
}

/** Number of bytes that a batch's length field does not count. */
const LENGTH_COUNTS_FROM = 12
const CRC_COUNTS_FROM = 21
const RECORDS = 61
/** Batches of all versions are the same up to the magic byte. */
const SHORTEST = 17
/** Limit in bytes. Kafka's `max.message.bytes` is about 1 MiB by default, but limits the compressed batch. */
const MAX_DECOMPRESSED = 64 * 1024 * 1024

const CODEC = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
// Bit 0x40 (a delete horizon replaces the base timestamp) needs no special case: base + delta is still the record's
// time.

/**
 * Reads the batches of a Fetch answer. The last batch may be cut off, since the broker fills an answer to its size.
 *
 * The checksum of a batch does not cover its offset and length. So the offset of a batch counts only if it follows the
 * previous batch and stays below `end`. A batch with a wrong checksum is skipped: up to the next sound batch or, if
 * none follows, to the end that its header claims.
 * @returns the next offset; `from` if there is not even one whole batch
 */
export function readBatches(answer: Buffer, { from, end, stride }: Asked, visitor: BatchVisitor): number {
  const bytes = new Reader(answer)
  let next = from
  let broken: { why: string; next: number } | undefined

  for (let at = 0; at + SHORTEST <= answer.length; ) {
    bytes.set(at, answer.length)
    const found = readHeader(bytes)
    if (found.size < SHORTEST || at + found.size > answer.length) break

    const why = unsound(bytes.view, at, found, next, end)
    if (why === undefined) {
      if (broken) visitor.unreadable(next, found.baseOffset, broken.why)
      broken = undefined
      readRecords(bytes, at, found, visitor)
      next = found.nextOffset
    } else {
      broken ??= { why, next: next + stride }
      if (found.nextOffset > broken.next && found.nextOffset <= end) broken.next = found.nextOffset
    }
    at += found.size
  }

  if (broken === undefined) return next
  visitor.unreadable(next, broken.next, broken.why)
  return broken.next
}

interface Header extends RecordBatch {
  /** bytes */
  size: number
  magic: number
  crc: number
  attributes: number
  baseTimestamp: number
  recordCount: number
}

function readHeader(bytes: Reader): Header {
  const from = bytes.at
  const baseOffset = bytes.safeInt64()
  const size = bytes.int32() + LENGTH_COUNTS_FROM
  const leaderEpoch = bytes.int32()
  const magic = bytes.int8()
  if (magic !== 2 || size < RECORDS || from + RECORDS > bytes.end) {
    // A message in an older format has the offset of its last record.
    return { ...NO_HEADER, baseOffset, nextOffset: baseOffset + 1, leaderEpoch, size, magic }
  }

  const crc = bytes.uint32()
  const attributes = bytes.int16()
  const nextOffset = baseOffset + bytes.int32() + 1
  const baseTimestamp = bytes.time()
  const maxTimestamp = bytes.time()
  const producerId = bytes.safeInt64()
  bytes.skip(6) // the producer's epoch and sequence
  const recordCount = bytes.int32()
  const transactional = (attributes & TRANSACTIONAL) !== 0
  const control = (attributes & CONTROL) !== 0
  return {
    baseOffset,
    nextOffset,
    leaderEpoch,
    producerId,
    transactional,
    control,
    size,
    magic,
    crc,
    attributes,
    baseTimestamp,
    maxTimestamp,
    recordCount,
  }
}

const NO_HEADER = {
  crc: 0,
  attributes: 0,
  baseTimestamp: 0,
  maxTimestamp: 0,
  producerId: -1,
  recordCount: 0,
  transactional: false,
  control: false,
}

/** Why a batch cannot be trusted; undefined if it can. */
function unsound(bytes: DataView, at: number, header: Header, next: number, end: number): string | undefined {
  const { magic, size, baseOffset, nextOffset } = header
  if (magic !== 2) return `its format is ${magic}, not 2`
  if (size < RECORDS) return `it claims ${size} bytes`
  if (header.crc !== crc32c(bytes, at + CRC_COUNTS_FROM, at + size)) return 'its checksum does not match'

  const goesOn = nextOffset > next && (at === 0 || baseOffset >= next)
  const isPossible = goesOn && nextOffset > baseOffset && nextOffset <= end
  return isPossible
    ? undefined
    : `its offsets, from ${baseOffset} on, do not continue from the offsets before`
}

function readRecords(bytes: Reader, at: number, header: Header, visitor: BatchVisitor): void {
  try {
    const codec = header.attributes & CODEC
    bytes.set(at + RECORDS, at + header.size)
    if (codec === 0) visitRecords(bytes, header, visitor)
    else {
      const compressed = bytes.buffer.subarray(bytes.at, bytes.end)
      visitRecords(new Reader(decompress(codec, compressed, MAX_DECOMPRESSED)), header, visitor)
    }
    visitor.batch(header)
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error
    visitor.unreadable(header.baseOffset, header.nextOffset, error.message)
  }
}

function visitRecords(bytes: Reader, header: Header, visitor: BatchVisitor): void {
  const { baseOffset, nextOffset, baseTimestamp, maxTimestamp, attributes, recordCount } = header
  const { end } = bytes
  const record = { offset: 0, timestamp: 0, bytes, keyFrom: -1, keyTo: -1, valueFrom: -1, valueTo: -1 }

  let last = -1
  for (let left = recordCount; left > 0; left--) {
    const size = bytes.varint()
    const recordEnd = bytes.at + size
    if (size < 0 || recordEnd > end) bytes.fail(`a record claims ${size} bytes`)
    bytes.set(bytes.at, recordEnd)

    bytes.int8() // attributes: unused
    const timestampDelta = bytes.varint()
    const offsetDelta = bytes.varint()
    if (offsetDelta <= last || baseOffset + offsetDelta >= nextOffset) bytes.fail('its offsets do not ascend')
    last = offsetDelta
    record.offset = baseOffset + offsetDelta
    record.timestamp =
      attributes & LOG_APPEND_TIME ? maxTimestamp : inDateRange(baseTimestamp + timestampDelta)

    const keySize = bytes.varint()
    record.keyFrom = keySize < 0 ? -1 : bytes.skip(keySize)
    record.keyTo = keySize < 0 ? -1 : bytes.at
    const valueSize = bytes.varint()
    record.valueFrom = valueSize < 0 ? -1 : bytes.skip(valueSize)
    record.valueTo = valueSize < 0 ? -1 : bytes.at

    visitor.record(record, header)
    bytes.set(recordEnd, end) // past the headers; these records have no headers
  }
  bytes.done()
}
