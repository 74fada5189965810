import { isUtf8 } from 'node:buffer'
import { inDateRange } from '../../core/time.ts'
import { Undecodable } from '../protocol/codec.ts'

const NULL = -1

/**
 * A place in bytes that is read from there on, up to a bound. Unlike codec.ts's Reader it can be set anew, so that a
 * log of millions of records is read without an object for each. Every read is checked against the bound.
 */
export class Bytes {
  readonly buffer: Buffer
  readonly view: DataView
  at: number
  end: number

  constructor(buffer: Buffer, at = 0, end = buffer.length) {
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.at = at
    this.end = end
  }

  /** Reads [from, to) next. */
  set(from: number, to: number): void {
    this.at = from
    this.end = to
  }

  int8(): number {
    return this.view.getInt8(this.take(1))
  }

  uint8(): number {
    return this.view.getUint8(this.take(1))
  }

  int16(): number {
    return this.view.getInt16(this.take(2))
  }

  int32(): number {
    return this.view.getInt32(this.take(4))
  }

  uint32(): number {
    return this.view.getUint32(this.take(4))
  }

  /** Out of turn: the place stays, and the bound is that of the buffer. */
  int32At(at: number): number {
    return this.view.getInt32(at)
  }

  int8At(at: number): number {
    return this.view.getInt8(at)
  }

  /** An int64 as a number, exact up to 2^53: offsets of the log and producer ids. */
  int64(): number {
    const at = this.take(8)
    return this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4)
  }

  /** An int64 as a time, ms since the epoch. A client may ask for an expiry that no Date can hold. */
  time(): number {
    return inDateRange(this.int64())
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

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.uint8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    return this.fail('a varint is longer than 5 bytes')
  }

  /** Passes over as many bytes, and returns where they begin. */
  skip(size: number): number {
    if (size < 0) this.fail(`a length is ${size}`)
    return this.take(size)
  }

  /** Reads a string that may not be null. Its length is an int16 or, in a flexible version, a compact one (KIP-482). */
  string(flexible: boolean): string {
    const size = this.stringSize(flexible)
    if (size === 0) return ''
    const at = this.skip(size)
    return utf8(this.buffer, at, at + size)
  }

  skipNullableString(flexible: boolean): void {
    const size = this.stringSize(flexible)
    if (size !== NULL) this.skip(size)
  }

  private stringSize(flexible: boolean): number {
    return flexible ? this.uvarint() - 1 : this.int16()
  }

  /** Nothing may be left over. */
  done(): void {
    if (this.at !== this.end) this.fail(`${this.end - this.at} bytes are left over`)
  }

  fail(what: string): never {
    throw new Undecodable(what)
  }

  private take(size: number): number {
    const at = this.at
    if (size > this.end - at) this.fail('it ends too early')
    this.at = at + size
    return at
  }
}

const REPLACEMENT = '\ufffd'

/** @throws Undecodable where the bytes are not UTF-8 */
export function utf8(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to)
  // What is not UTF-8 reads as this character, which may also stand there rightly.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(from, to)))
    throw new Undecodable('a string is not UTF-8')
  return text
}
