import { doubled } from './columns.ts'

const NONE = -1

/**
 * Finds rows 0, 1, 2, … by a hash of their key. The caller keeps the keys. A search by linear probing allocates
 * nothing, unlike a search in a Map.
 *
 *     for (let row = table.first(hash); row >= 0; row = table.next()) if (isAt(row)) return row
 *     return table.add()
 */
export class HashTable {
  length = 0
  #hashes = new Int32Array(1 << 10)
  /** row + 1, or 0 for a free slot. There are twice as many slots as rows, so that searches stay short. */
  #slots = new Int32Array(1 << 11)
  #hash = 0
  #slot = 0

  /** The first row with this hash, or −1. Different keys may have the same hash. */
  first(hash: number): number {
    this.#hash = hash
    this.#slot = (hash & (this.#slots.length - 1)) - 1
    return this.next()
  }

  /** The next row with the hash passed to `first`, or −1. */
  next(): number {
    const mask = this.#slots.length - 1
    for (;;) {
      this.#slot = (this.#slot + 1) & mask
      const row = (this.#slots[this.#slot] ?? 0) - 1
      if (row === NONE || this.#hashes[row] === this.#hash) return row
    }
  }

  /** Adds a row for the hash of the last search, right after that search returned −1. */
  add(): number {
    const row = this.length++
    this.#hashes[row] = this.#hash
    this.#slots[this.#slot] = row + 1
    if (this.length === this.#hashes.length) this.#grow()
    return row
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes)
    this.#slots = new Int32Array(2 * this.#slots.length)
    const mask = this.#slots.length - 1
    for (let row = 0; row < this.length; row++) {
      let slot = (this.#hashes[row] ?? 0) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = row + 1
    }
  }
}

/** MurmurHash3's finalizer. The table uses the lowest bits only, so every bit of the key has to affect them. */
export function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
  return mix ^ (mix >>> 16)
}
