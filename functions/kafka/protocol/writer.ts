const NULL = -1

/** Kafka writes every string in UTF-8. */
const sizeOf = (text: string): number => Buffer.byteLength(text, 'utf8')

/**
 * Writes the primitive types of Kafka's protocol. In a flexible version (KIP-482) strings and arrays are compact: their
 * length is an unsigned varint, one more than the real length, and 0 means null.
 */
export class Writer {
  readonly flexible: boolean
  #buffer = Buffer.allocUnsafe(512)
  #length = 0

  constructor(flexible: boolean) {
    this.flexible = flexible
  }

  int8(value: number): void {
    const at = this.#claim(1)
    this.#buffer.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#claim(2)
    this.#buffer.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#claim(4)
    this.#buffer.writeInt32BE(value, at)
  }

  int64(value: bigint): void {
    const at = this.#claim(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#uint8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.#uint8(rest)
  }

  string(value: string | null): void {
    const size = value === null ? NULL : sizeOf(value)
    if (this.flexible) this.uvarint(size + 1)
    else this.int16(size)

    if (value === null) return
    const at = this.#claim(size)
    this.#buffer.write(value, at, 'utf8')
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): void {
    const count = items?.length ?? NULL
    if (this.flexible) this.uvarint(count + 1)
    else this.int32(count)

    for (const item of items ?? []) write(item)
  }

  /** The zero UUID, which means that there is no topic id. */
  zeroUuid(): void {
    this.int64(0n)
    this.int64(0n)
  }

  /** Ends every structure of a flexible version. This code sends no tagged fields. */
  tags(): void {
    if (this.flexible) this.uvarint(0)
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #uint8(value: number): void {
    const at = this.#claim(1)
    this.#buffer.writeUInt8(value, at)
  }

  #claim(size: number): number {
    const at = this.#length
    this.#length += size
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at
  }
}
