/** Bytes that are not what the protocol says they are. The only error that a Reader throws. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable'
}

const NULL = -1

/** UTF-8 in which Kafka writes every string. */
const sizeOf = (text: string): number => Buffer.byteLength(text, 'utf8')

/**
 * Writes the primitive types of Kafka's protocol. In a flexible version (KIP-482) strings and arrays are compact:
 * their length is an unsigned varint, one more than the true one, and 0 stands for null.
 */
export class Writer {
  readonly flexible: boolean
  private buffer = Buffer.allocUnsafe(512)
  private length = 0

  constructor(flexible: boolean) {
    this.flexible = flexible
  }

  int8(value: number): void {
    const at = this.claim(1)
    this.buffer.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.claim(2)
    this.buffer.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.claim(4)
    this.buffer.writeInt32BE(value, at)
  }

  int64(value: bigint): void {
    const at = this.claim(8)
    this.buffer.writeBigInt64BE(value, at)
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.uint8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.uint8(rest)
  }

  string(value: string | null): void {
    const size = value === null ? NULL : sizeOf(value)
    if (this.flexible) this.uvarint(size + 1)
    else this.int16(size)

    if (value === null) return
    const at = this.claim(size)
    this.buffer.write(value, at, 'utf8')
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): void {
    const count = items?.length ?? NULL
    if (this.flexible) this.uvarint(count + 1)
    else this.int32(count)

    for (const item of items ?? []) write(item)
  }

  /** "No topic id". */
  zeroUuid(): void {
    this.int64(0n)
    this.int64(0n)
  }

  /** The end of every structure of a flexible version: no tagged field is ever sent. */
  tags(): void {
    if (this.flexible) this.uvarint(0)
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  private uint8(value: number): void {
    const at = this.claim(1)
    this.buffer.writeUInt8(value, at)
  }

  private claim(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, this.buffer.length * 2))
      this.buffer.copy(larger, 0, 0, at)
      this.buffer = larger
    }
    return at
  }
}

/**
 * Reads what Writer writes. Every read is checked against the bytes that are there, and nothing is allocated by a
 * length that the bytes only claim: malformed input always ends in Undecodable.
 */
export class Reader {
  readonly flexible: boolean
  private readonly buffer: Buffer
  private at = 0

  constructor(buffer: Buffer, flexible: boolean) {
    this.buffer = buffer
    this.flexible = flexible
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  /** At most 32 bits, as Kafka's ByteUtils.readUnsignedVarint. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer.readUInt8(this.take(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new Undecodable('a varint is longer than 5 bytes')
  }

  string(): string {
    return this.nullableString() ?? this.fail('a string is null that may not be')
  }

  nullableString(): string | null {
    const size = this.size(this.flexible ? this.uvarint() - 1 : this.int16())
    // Most commits have empty metadata: no call into the buffer for each of them.
    if (size <= 0) return size === NULL ? null : ''

    const at = this.take(size)
    return this.buffer.toString('utf8', at, at + size)
  }

  /** A view of the message's own bytes, not a copy. Null is empty. */
  bytes(): Buffer {
    const size = this.size(this.flexible ? this.uvarint() - 1 : this.int32())
    const at = this.take(Math.max(size, 0))
    return this.buffer.subarray(at, this.at)
  }

  /** Topic ids in the form that Kafka's own tools print (base64url); null for the zero UUID, "no id". */
  uuid(): string | null {
    const at = this.take(16)
    const bytes = this.buffer.subarray(at, this.at)
    return bytes.every(byte => byte === 0) ? null : bytes.toString('base64url')
  }

  /** The number of items that follow. Every item takes at least one byte, which bounds a false claim. */
  count(): number {
    const count = this.size(this.flexible ? this.uvarint() - 1 : this.int32())
    return count === NULL ? 0 : count
  }

  /** A null array reads as an empty one. */
  array<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.count(); left > 0; left--) items.push(read())
    return items
  }

  /** Tagged fields are additions that this code does not know: they are skipped. */
  tags(): void {
    if (!this.flexible) return
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.take(this.uvarint())
    }
  }

  end(): void {
    if (this.at !== this.buffer.length) this.fail(`${this.buffer.length - this.at} bytes are left over`)
  }

  private size(claimed: number): number {
    if (claimed < NULL) this.fail(`a length is ${claimed}`)
    if (claimed > this.buffer.length - this.at)
      this.fail(`a length is ${claimed}, past the end of the message`)
    return claimed
  }

  private take(size: number): number {
    const at = this.at
    if (size > this.buffer.length - at) this.fail('the message ends too early')
    this.at += size
    return at
  }

  private fail(what: string): never {
    throw new Undecodable(`${what} (byte ${this.at} of ${this.buffer.length})`)
  }
}
