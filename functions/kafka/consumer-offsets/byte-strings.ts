import type { Bytes } from './bytes.ts'
import { doubled } from './columns.ts'

/**
 * Byte strings and their numbers: 0, 1, 2, … by first sight. Asking for one makes nothing, unlike a Map, whose keys
 * would have to be made out of the bytes for each of millions of records.
 */
export class ByteStrings {
  length = 0
  private bytes = Buffer.from(new ArrayBuffer(1 << 16))
  private view = new DataView(this.bytes.buffer)
  /** Where the string of each number ends; it begins where the one before ends. */
  private ends = new Int32Array(1 << 10)
  private hashes = new Int32Array(1 << 10)
  /** A hash table with linear probing: number + 1, or 0 for free. */
  private slots = new Int32Array(1 << 11)
  /** Hash of what was looked for last. */
  private missed = 0

  /** The number of bytes [from, to), or −1. */
  find(bytes: Bytes, from: number, to: number): number {
    const hash = hashOf(bytes, from, to)
    this.missed = hash
    const mask = this.slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = (this.slots[slot] ?? 0) - 1
      if (number < 0 || (this.hashes[number] === hash && this.is(number, bytes, from, to))) return number
    }
  }

  /** Adds what `find` has just not found. */
  add(bytes: Bytes, from: number, to: number): number {
    const number = this.length
    const start = this.startOf(number)
    const end = start + to - from
    this.reserve(number + 1, end)

    bytes.buffer.copy(this.bytes, start, from, to)
    this.ends[number] = end
    this.hashes[number] = this.missed
    this.length++
    this.place(number)
    return number
  }

  /** Whether bytes [from, to) have this number. */
  is(number: number, bytes: Bytes, from: number, to: number): boolean {
    if (number < 0 || number >= this.length) return false
    const start = this.startOf(number)
    if ((this.ends[number] ?? 0) - start !== to - from) return false

    const moved = start - from
    let at = from
    for (; at + 4 <= to; at += 4) if (bytes.int32At(at) !== this.view.getInt32(at + moved)) return false
    for (; at < to; at++) if (bytes.int8At(at) !== this.view.getInt8(at + moved)) return false
    return true
  }

  private startOf(number: number): number {
    return number === 0 ? 0 : (this.ends[number - 1] ?? 0)
  }

  private place(number: number): void {
    const mask = this.slots.length - 1
    let slot = (this.hashes[number] ?? 0) & mask
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask
    this.slots[slot] = number + 1
  }

  private reserve(count: number, size: number): void {
    const { length } = this.bytes
    if (size > length) {
      this.bytes = Buffer.from(this.bytes.buffer.transfer(Math.max(size, 2 * length)))
      this.view = new DataView(this.bytes.buffer)
    }
    if (count <= this.ends.length) return

    this.ends = doubled(this.ends)
    this.hashes = doubled(this.hashes)
    this.slots = new Int32Array(2 * this.slots.length)
    for (let number = 0; number < this.length; number++) this.place(number)
  }
}

/** FNV-1a, by four bytes at a time, with the end of MurmurHash3: the table takes the lowest bits only. */
function hashOf(bytes: Bytes, from: number, to: number): number {
  let hash = 0x811c9dc5
  let at = from
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ bytes.int32At(at), 0x01000193)
    hash ^= hash >>> 15
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes.int8At(at), 0x01000193)

  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
