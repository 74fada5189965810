import { type Reader, utf8 } from '../protocol/reader.ts'
import { ByteStrings } from './byte-strings.ts'
import { doubled } from './columns.ts'
import { HashTable, mixed } from './hash-table.ts'

const NONE = -1

/**
 * The keys of commits, by row. Most records of a log repeat a known key. Such a key is found by the numbers of its
 * group and topic, without a string or an object.
 */
export class OffsetKeys {
  readonly groups = new Names()
  readonly #topics = new Names()
  /** By row: the number of the group's name, the number of the topic's name, and the partition. */
  #group = new Int32Array(1024)
  #topic = new Int32Array(1024)
  #partition = new Int32Array(1024)
  /** The previous row of the same group, and each group's last row. */
  #previous = new Int32Array(1024)
  readonly #lastOf: number[] = []
  readonly #table = new HashTable()

  get length(): number {
    return this.#table.length
  }

  /**
   * The row of the key that follows in `bytes`; a new key gets the next row.
   * @throws Undecodable
   */
  row(bytes: Reader): number {
    // Kafka: OffsetCommitKey.json
    const groupFrom = bytes.skip(bytes.int16())
    const groupTo = bytes.at
    const topicFrom = bytes.skip(bytes.int16())
    const topicTo = bytes.at
    const partition = bytes.int32()
    bytes.done()
    const group = this.groups.number(bytes, groupFrom, groupTo)
    const topic = this.#topics.number(bytes, topicFrom, topicTo)

    let row = this.#table.first(hashOf(group, topic, partition))
    while (row >= 0 && !this.#isAt(row, group, topic, partition)) row = this.#table.next()
    return row >= 0 ? row : this.#add(group, topic, partition)
  }

  /** The number of the name of the row's group. */
  groupOf(row: number): number {
    return this.#group[row] ?? NONE
  }

  at(row: number): { topic: string; partition: number } {
    return { topic: this.#topics.text(this.#topic[row] ?? NONE), partition: this.#partition[row] ?? 0 }
  }

  /** The rows of a group, the last one first. */
  *rowsOf(group: number): Generator<number> {
    for (let row = this.#lastOf[group] ?? NONE; row !== NONE; row = this.#previous[row] ?? NONE) yield row
  }

  #isAt(row: number, group: number, topic: number, partition: number): boolean {
    return this.#group[row] === group && this.#partition[row] === partition && this.#topic[row] === topic
  }

  #add(group: number, topic: number, partition: number): number {
    const row = this.#table.add()
    if (row === this.#group.length) this.#double()
    this.#group[row] = group
    this.#topic[row] = topic
    this.#partition[row] = partition
    this.#previous[row] = this.#lastOf[group] ?? NONE
    this.#lastOf[group] = row
    return row
  }

  #double(): void {
    this.#group = doubled(this.#group)
    this.#topic = doubled(this.#topic)
    this.#partition = doubled(this.#partition)
    this.#previous = doubled(this.#previous)
  }
}

function hashOf(group: number, topic: number, partition: number): number {
  return mixed(Math.imul(group, 0x9e3779b1) + Math.imul(topic, 0x85ebca77) + partition)
}

/** Numbers names from 0 on. */
export class Names {
  readonly #bytes = new ByteStrings()
  readonly #texts: string[] = []
  readonly #numbers = new Map<string, number>()
  #last = NONE

  /**
   * The number of the name in bytes [from, to); a new name gets the next number.
   * @throws Undecodable
   */
  number(bytes: Reader, from: number, to: number): number {
    // The records of one request belong to one group and are adjacent in the log.
    if (!this.#bytes.is(this.#last, bytes, from, to)) this.#last = this.#find(bytes, from, to)
    return this.#last
  }

  numberOf(text: string): number | undefined {
    return this.#numbers.get(text)
  }

  text(number: number): string {
    return this.#texts[number] ?? ''
  }

  all(): readonly string[] {
    return this.#texts
  }

  #find(bytes: Reader, from: number, to: number): number {
    const known = this.#bytes.find(bytes, from, to)
    if (known >= 0) return known

    const text = utf8(bytes.buffer, from, to)
    const number = this.#bytes.add(bytes, from, to)
    this.#texts.push(text)
    this.#numbers.set(text, number)
    return number
  }
}
