import { isUtf8 } from 'node:buffer'
import { inDateRange } from '../../core/time.ts'

/** The bytes do not follow the protocol. A Reader throws no other error. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable'
}

const NULL = -1

/**
 * Reads the primitive types of Kafka's protocol and of its log. Every read is checked against `end`, and no allocation
 * relies on a length in the bytes, so malformed input always ends in Undecodable.
 *
 * `set` moves a Reader to other bytes, so that a log of millions of records needs no object for each record.
 */
export class Reader {
  readonly buffer: Buffer
  readonly view: DataView
  /** True if strings and arrays are compact (KIP-482). */
  flexible: boolean
  at = 0
  end: number

  constructor(buffer: Buffer, flexible = false) {
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.flexible = flexible
    this.end = buffer.length
  }

  /** Reads [from, to) next. */
  set(from: number, to: number): void {
    this.at = from
    this.end = to
  }

  int8(): number {
    return this.view.getInt8(this.#take(1))
  }

  uint8(): number {
    return this.view.getUint8(this.#take(1))
  }

  int16(): number {
    return this.view.getInt16(this.#take(2))
  }

  int32(): number {
    return this.view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.view.getUint32(this.#take(4))
  }

  int64(): bigint {
    return this.view.getBigInt64(this.#take(8))
  }

  /** An int64 as a number, exact up to 2^53. For log offsets and producer ids. */
  safeInt64(): number {
    const at = this.#take(8)
    return this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4)
  }

  /** An int64 as a time, ms since the epoch. A client may ask for an expiry that is out of a Date's range. */
  time(): number {
    return inDateRange(this.safeInt64())
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  /** A zigzag varint of at most 64 bits, as a number. Kafka: ByteUtils.readVarint, readVarlong. */
  varint(): number {
    const byte = this.uint8()
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)

    let value = byte & 0x7f
    for (let scale = 2 ** 7; scale < 2 ** 64; scale *= 2 ** 7) {
      const next = this.uint8()
      value += (next & 0x7f) * scale
      if (next < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    return this.fail('a varint is longer than 10 bytes')
  }

  /** An unsigned varint of at most 32 bits. Kafka: ByteUtils.readUnsignedVarint. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.uint8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    return this.fail('a varint is longer than 5 bytes')
  }

  string(): string {
    return this.nullableString() ?? this.fail('a string is null but may not be')
  }

  /**
   * Bytes that are not UTF-8 become U+FFFD, so that one bad name does not make a response with a thousand good ones
   * unreadable.
   */
  nullableString(): string | null {
    const size = this.#stringSize()
    // Most commits have empty metadata, so this skips the call into the buffer.
    if (size <= 0) return size === NULL ? null : ''

    const at = this.#take(size)
    return this.buffer.toString('utf8', at, at + size)
  }

  /**
   * A string of a record in the log.
   * @throws Undecodable if the bytes are not UTF-8
   */
  utf8String(): string {
    const size = this.#stringSize()
    if (size === 0) return ''
    const at = this.skip(size)
    return utf8(this.buffer, at, at + size)
  }

  skipNullableString(): void {
    const size = this.#stringSize()
    if (size !== NULL) this.skip(size)
  }

  /** A view of the message's own bytes, not a copy. Null bytes read as empty. */
  bytes(): Buffer {
    const at = this.#take(this.count())
    return this.buffer.subarray(at, this.at)
  }

  /** A topic id as Kafka's own tools print it (base64url); null for the zero UUID, "no id". */
  uuid(): string | null {
    const at = this.#take(16)
    const bytes = this.buffer.subarray(at, this.at)
    return bytes.every(byte => byte === 0) ? null : bytes.toString('base64url')
  }

  /**
   * The number of items that follow; 0 for null. Every item takes at least one byte, so a number above the bytes that
   * are left is an error.
   */
  count(): number {
    const count = this.flexible ? this.uvarint() - 1 : this.int32()
    if (count === NULL) return 0
    if (count < NULL || count > this.end - this.at) this.fail(`a length is ${count}`)
    return count
  }

  /** A null array reads as an empty one. */
  array<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.count(); left > 0; left--) items.push(read())
    return items
  }

  /** Skips tagged fields, which this code does not know. */
  tags(): void {
    if (!this.flexible) return
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.#take(this.uvarint())
    }
  }

  /** Skips `size` bytes, and returns where they begin. */
  skip(size: number): number {
    if (size < 0) this.fail(`a length is ${size}`)
    return this.#take(size)
  }

  /** Reads elsewhere in the buffer, without moving `at` and without checking `end`. */
  int32At(at: number): number {
    return this.view.getInt32(at)
  }

  int8At(at: number): number {
    return this.view.getInt8(at)
  }

  /** Checks that no byte is left over. */
  done(): void {
    if (this.at !== this.end) this.fail(`${this.end - this.at} bytes are left over`)
  }

  fail(what: string): never {
    throw new Undecodable(what)
  }

  #stringSize(): number {
    const size = this.flexible ? this.uvarint() - 1 : this.int16()
    if (size < NULL) this.fail(`a length is ${size}`)
    return size
  }

  #take(size: number): number {
    const at = this.at
    if (size > this.end - at) this.fail('it ends too early')
    this.at = at + size
    return at
  }
}

const REPLACEMENT = '\ufffd'

/** @throws Undecodable if the bytes are not UTF-8 */
export function utf8(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to)
  // Invalid bytes read as U+FFFD, but a valid text may contain U+FFFD, too.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(from, to)))
    throw new Undecodable('a string is not UTF-8')
  return text
}
