import type { Reader } from '../protocol/reader.ts'

/**
 * Snappy and LZ4, which node:zlib lacks. Both formats consist of literals and repetitions of earlier bytes. No package
 * reads corrupt bytes safely. hyparquet 1.33.0 (its snappyUncompress is code of snappyjs 0.7.0) reads the length of a
 * literal as an int32. A negative length moves its read position back, so it decodes the same bytes forever (239 of
 * 10,000 broken blocks). No check before the call finds such a length, because only decoding shows where a literal
 * begins. lz4js returns garbage.
 */

/** Decompressed bytes, up to a maximum. */
class Output {
  readonly #input: Reader
  readonly #max: number
  #buffer: Buffer
  #length = 0

  constructor(input: Reader, max: number) {
    this.#input = input
    this.#max = max
    this.#buffer = Buffer.allocUnsafe(Math.min(max, 4 * (input.end - input.at)))
  }

  literal(size: number): void {
    const from = this.#input.skip(size)
    const to = this.#claim(size)
    this.#input.buffer.copy(this.#buffer, to, from, from + size)
  }

  repeat(distance: number, size: number): void {
    if (distance === 0 || distance > this.#length) this.#input.fail('it repeats bytes that do not exist')
    const to = this.#claim(size)
    // Byte by byte, since a repetition may overlap itself.
    const buffer = this.#buffer
    for (let at = to; at < to + size; at++) buffer[at] = buffer[at - distance] ?? 0
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #claim(size: number): number {
    const at = this.#length
    const length = at + size
    if (length > this.#max) this.#input.fail(`it decompresses to more than ${this.#max} bytes`)
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#max, Math.max(length, 2 * this.#buffer.length)))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#length = length
    return at
  }
}

const LZ4_MAGIC = 0x184d2204
/** Version 1, independent blocks, no checksums and no content size: Kafka's own encoder writes nothing else. */
const LZ4_FLAGS = 0x60
const LZ4_STORED = 0x80000000

/**
 * The LZ4 frame of Kafka's Lz4BlockOutputStream, and no other.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @throws Undecodable
 */
export function lz4(input: Reader, max: number): Buffer {
  const magic = swapped(input.uint32())
  const flags = input.int8()
  if (magic !== LZ4_MAGIC || flags !== LZ4_FLAGS)
    input.fail('it is not an LZ4 frame of the kind that Kafka writes')
  input.int8() // maximum size of a block
  input.int8() // checksum of the header

  const output = new Output(input, max)
  const { end } = input
  for (let size = swapped(input.uint32()); size !== 0; size = swapped(input.uint32())) {
    if (size >= LZ4_STORED) {
      output.literal(size - LZ4_STORED)
      continue
    }
    const from = input.skip(size)
    input.set(from, from + size)
    lz4Block(input, output)
    input.set(from + size, end)
  }
  return output.bytes()
}

function lz4Block(input: Reader, output: Output): void {
  while (input.at < input.end) {
    const token = input.uint8()
    output.literal(lz4Length(input, token >>> 4))
    if (input.at === input.end) return // the last sequence has no repetition

    const distance = input.uint8() | (input.uint8() << 8)
    output.repeat(distance, lz4Length(input, token & 0x0f) + 4)
  }
}

function lz4Length(input: Reader, nibble: number): number {
  if (nibble < 0x0f) return nibble
  for (let length = nibble; ; ) {
    const byte = input.uint8()
    length += byte
    if (byte < 0xff) return length
  }
}

const XERIAL_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1')
const XERIAL_VERSIONS = 8

/**
 * Snappy blocks in snappy-java's framing, which Kafka writes.
 * https://github.com/google/snappy/blob/main/format_description.txt
 * @throws Undecodable
 */
export function snappy(input: Reader, max: number): Buffer {
  const at = input.skip(XERIAL_MAGIC.length)
  if (!input.buffer.subarray(at, at + XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    input.fail('it is not in the framing of snappy-java')
  }
  input.skip(XERIAL_VERSIONS)

  const output = new Output(input, max)
  const { end } = input
  while (input.at < end) {
    const size = input.int32()
    const from = input.skip(size)
    input.set(from, from + size)
    snappyBlock(input, output)
    input.set(from + size, end)
  }
  return output.bytes()
}

function snappyBlock(input: Reader, output: Output): void {
  input.uvarint() // the decompressed size, which decoding shows anyway
  while (input.at < input.end) {
    const tag = input.uint8()
    const upper = tag >>> 2
    switch (tag & 0x03) {
      case 0:
        output.literal((upper < 60 ? upper : littleEndian(input, upper - 59)) + 1)
        break
      case 1:
        output.repeat(((upper >>> 3) << 8) | input.uint8(), (upper & 0x07) + 4)
        break
      case 2:
        output.repeat(littleEndian(input, 2), upper + 1)
        break
      default:
        output.repeat(littleEndian(input, 4), upper + 1)
    }
  }
}

function littleEndian(input: Reader, size: number): number {
  let value = 0
  for (let i = 0; i < size; i++) value += input.uint8() * 256 ** i
  return value
}

const swapped = (value: number): number =>
  ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
