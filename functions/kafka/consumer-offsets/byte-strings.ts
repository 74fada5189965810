import type { Reader } from '../protocol/reader.ts'
import { doubled } from './columns.ts'
import { HashTable, mixed } from './hash-table.ts'

/**
 * Numbers byte strings 0, 1, 2, … in order of appearance. A lookup allocates nothing. A Map would need a key made from
 * the bytes for each of millions of records.
 */
export class ByteStrings {
  readonly #table = new HashTable()
  #bytes = Buffer.from(new ArrayBuffer(1 << 16))
  #view = new DataView(this.#bytes.buffer)
  /** End of each string. A string begins at the end of the previous one. */
  #ends = new Int32Array(1 << 10)

  /** The number of the string in bytes [from, to); −1 if it is not known. */
  find(bytes: Reader, from: number, to: number): number {
    const hash = hashOf(bytes, from, to)
    let number = this.#table.first(hash)
    while (number >= 0 && !this.is(number, bytes, from, to)) number = this.#table.next()
    return number
  }

  /** Adds a string right after `find` has returned −1 for it, and returns its number. */
  add(bytes: Reader, from: number, to: number): number {
    const number = this.#table.add()
    const start = this.#startOf(number)
    const end = start + to - from
    this.#reserve(number + 1, end)

    bytes.buffer.copy(this.#bytes, start, from, to)
    this.#ends[number] = end
    return number
  }

  /** True if bytes [from, to) are the string with this number. */
  is(number: number, bytes: Reader, from: number, to: number): boolean {
    if (number < 0 || number >= this.#table.length) return false
    const start = this.#startOf(number)
    if ((this.#ends[number] ?? 0) - start !== to - from) return false

    const moved = start - from
    let at = from
    for (; at + 4 <= to; at += 4) if (bytes.int32At(at) !== this.#view.getInt32(at + moved)) return false
    for (; at < to; at++) if (bytes.int8At(at) !== this.#view.getInt8(at + moved)) return false
    return true
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] ?? 0)
  }

  #reserve(count: number, size: number): void {
    const { length } = this.#bytes
    if (size > length) {
      this.#bytes = Buffer.from(this.#bytes.buffer.transfer(Math.max(size, 2 * length)))
      this.#view = new DataView(this.#bytes.buffer)
    }
    if (count > this.#ends.length) this.#ends = doubled(this.#ends)
  }
}

/** FNV-1a, four bytes at a time. */
function hashOf(bytes: Reader, from: number, to: number): number {
  let hash = 0x811c9dc5
  let at = from
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ bytes.int32At(at), 0x01000193)
    hash ^= hash >>> 15
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes.int8At(at), 0x01000193)
  return mixed(hash)
}
