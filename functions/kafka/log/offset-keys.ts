import { ByteStrings } from './byte-strings.ts'
import { type Bytes, utf8 } from './bytes.ts'
import { doubled } from './columns.ts'

const NONE = -1

/**
 * The keys of commits, by row. A key that is known is found by its bytes alone, without a string or an object: most
 * records of a log are of a key that came before.
 */
export class OffsetKeys {
  readonly groups = new Names()
  private readonly topics = new Names()
  /** A key without its type; its number is its row. */
  private readonly keys = new ByteStrings()
  /** Numbers of names. */
  private group = new Int32Array(1024)
  private topic = new Int32Array(1024)
  private partition = new Int32Array(1024)
  /** The row before it of the same group, and each group's last row. */
  private previous = new Int32Array(1024)
  private readonly lastOf: number[] = []

  get length(): number {
    return this.keys.length
  }

  /** The row of the key that follows in `bytes`: the next one if it is new. @throws Undecodable */
  row(bytes: Bytes): number {
    const { at, end } = bytes
    const known = this.keys.find(bytes, at, end)
    if (known >= 0) return known

    // Kafka: OffsetCommitKey.json
    const groupFrom = bytes.skip(bytes.int16())
    const groupTo = bytes.at
    const topicFrom = bytes.skip(bytes.int16())
    const topicTo = bytes.at
    const partition = bytes.int32()
    bytes.done()
    const group = this.groups.number(bytes, groupFrom, groupTo)
    const topic = this.topics.number(bytes, topicFrom, topicTo)

    const row = this.keys.add(bytes, at, end)
    if (row === this.group.length) {
      this.group = doubled(this.group)
      this.topic = doubled(this.topic)
      this.partition = doubled(this.partition)
      this.previous = doubled(this.previous)
    }
    this.group[row] = group
    this.topic[row] = topic
    this.partition[row] = partition
    this.previous[row] = this.lastOf[group] ?? NONE
    this.lastOf[group] = row
    return row
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
