import { ByteStrings } from './byte-strings.ts'
import { type Bytes, utf8 } from './bytes.ts'
import { doubled } from './columns.ts'

const NONE = -1

/**
 * The keys of commits, by row. A key that is known is found by the numbers of its names, without a string or an object:
 * most records of a log are of a key that came before.
 */
export class OffsetKeys {
  length = 0
  readonly groups = new Names()
  private readonly topics = new Names()
  /** Numbers of names. */
  private group = new Int32Array(1024)
  private topic = new Int32Array(1024)
  private partition = new Int32Array(1024)
  /** The row before it of the same group, and each group's last row. */
  private previous = new Int32Array(1024)
  private readonly lastOf: number[] = []
  /** A hash table with linear probing: row + 1, or 0 for free. */
  private slots = new Int32Array(2048)

  /** The row of the key that follows in `bytes`: the next one if it is new. @throws Undecodable */
  row(bytes: Bytes): number {
    // Kafka: OffsetCommitKey.json
    const groupFrom = bytes.skip(bytes.int16())
    const groupTo = bytes.at
    const topicFrom = bytes.skip(bytes.int16())
    const topicTo = bytes.at
    const partition = bytes.int32()
    bytes.done()
    const group = this.groups.number(bytes, groupFrom, groupTo)
    const topic = this.topics.number(bytes, topicFrom, topicTo)

    const slot = this.slotOf(group, topic, partition)
    const row = this.slots[slot] ?? 0
    return row > 0 ? row - 1 : this.add(slot, group, topic, partition)
  }

  /** The number of its group's name. */
  groupOf(row: number): number {
    return this.group[row] ?? NONE
  }

  at(row: number): { topic: string; partition: number } {
    return { topic: this.topics.text(this.topic[row] ?? NONE), partition: this.partition[row] ?? 0 }
  }

  /** The rows of a group, the last one first. */
  *rowsOf(group: number): Generator<number> {
    for (let row = this.lastOf[group] ?? NONE; row !== NONE; row = this.previous[row] ?? NONE) yield row
  }

  /** Where its row is, or is to be. */
  private slotOf(group: number, topic: number, partition: number): number {
    const mask = this.slots.length - 1
    let slot = hashOf(group, topic, partition) & mask
    for (let row = this.slots[slot] ?? 0; row > 0; row = this.slots[slot] ?? 0) {
      const i = row - 1
      if (this.group[i] === group && this.partition[i] === partition && this.topic[i] === topic) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  private add(slot: number, group: number, topic: number, partition: number): number {
    const row = this.length++
    this.group[row] = group
    this.topic[row] = topic
    this.partition[row] = partition
    this.previous[row] = this.lastOf[group] ?? NONE
    this.lastOf[group] = row
    this.slots[slot] = row + 1
    if (this.length === this.group.length) this.double()
    return row
  }

  private double(): void {
    this.group = doubled(this.group)
    this.topic = doubled(this.topic)
    this.partition = doubled(this.partition)
    this.previous = doubled(this.previous)
    this.slots = new Int32Array(2 * this.slots.length)
    const mask = this.slots.length - 1
    for (let row = 0; row < this.length; row++) {
      let slot = hashOf(this.group[row] ?? NONE, this.topic[row] ?? NONE, this.partition[row] ?? 0) & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = row + 1
    }
  }
}

/** With the end of MurmurHash3, since the table takes the lowest bits only. */
function hashOf(group: number, topic: number, partition: number): number {
  let hash = Math.imul(group, 0x9e3779b1) + Math.imul(topic, 0x85ebca77) + partition
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Names as numbers, from 0 on. */
export class Names {
  private readonly bytes = new ByteStrings()
  private readonly texts: string[] = []
  private readonly numbers = new Map<string, number>()
  private last = NONE

  /** The number of the name in bytes [from, to): the next one if it is new. @throws Undecodable */
  number(bytes: Bytes, from: number, to: number): number {
    // Records of one request, and so of one group, stand together.
    if (!this.bytes.is(this.last, bytes, from, to)) this.last = this.find(bytes, from, to)
    return this.last
  }

  numberOf(text: string): number | undefined {
    return this.numbers.get(text)
  }

  text(number: number): string {
    return this.texts[number] ?? ''
  }

  all(): readonly string[] {
    return this.texts
  }

  private find(bytes: Bytes, from: number, to: number): number {
    const known = this.bytes.find(bytes, from, to)
    if (known >= 0) return known

    const text = utf8(bytes.buffer, from, to)
    const number = this.bytes.add(bytes, from, to)
    this.texts.push(text)
    this.numbers.set(text, number)
    return number
  }
}
