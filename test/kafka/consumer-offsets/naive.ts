import { gunzipSync, zstdDecompressSync } from 'node:zlib'

/**
 * Decodes commits in the simplest way, from the documentation, and with an error for anything odd. Every commit that
 * the code under test reads has to be among these.
 */
export interface NaiveCommit {
  group: string
  topic: string
  partition: number
  offset: bigint
  leaderEpoch: number
  metadata: string
  committedAt: number
  expiresAt: number
}

/** The commits of one batch up to the first odd record; undefined if its codec is unknown here. */
export function naiveCommits(batch: Buffer): NaiveCommit[] | undefined {
  const codec = batch.readInt16BE(21) & 7
  if (codec === 2 || codec === 3) return undefined
  const commits: NaiveCommit[] = []
  try {
    const at = new Place(decompressed(codec, batch.subarray(61)))
    for (let left = batch.readInt32BE(57); left > 0; left--) {
      const found = commitOf(at.part(at.varint()))
      if (found) commits.push(found)
    }
  } catch {
    // Keep the commits before the odd record.
  }
  return commits
}

function decompressed(codec: number, bytes: Buffer): Buffer {
  if (codec === 0) return bytes
  if (codec === 1) return gunzipSync(bytes)
  if (codec === 4) return zstdDecompressSync(bytes)
  throw new Error('unknown')
}

function commitOf(record: Place): NaiveCommit | undefined {
  record.part(1)
  record.varint()
  record.varint()
  const keySize = record.varint()
  if (keySize < 0) return undefined
  const key = record.part(keySize)
  const valueSize = record.varint()
  if (valueSize < 0) return undefined
  const value = record.part(valueSize)

  try {
    const type = key.int16()
    if (type !== 0 && type !== 1) return undefined
    const [group, topic, partition] = [key.text(key.int16()), key.text(key.int16()), key.int32()]
    key.end()

    const version = value.int16()
    if (version < 0 || version > 4) return undefined
    const offset = value.int64()
    const leaderEpoch = version >= 3 ? value.int32() : -1
    const metadata = value.text(version >= 4 ? value.uvarint() - 1 : value.int16())
    const committedAt = Number(value.int64())
    const expiresAt = version === 1 ? Number(value.int64()) : -1
    return { group, topic, partition, offset, leaderEpoch, metadata, committedAt, expiresAt }
  } catch {
    return undefined
  }
}

class Place {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  part(size: number): Place {
    return new Place(this.#take(size))
  }

  int16 = () => this.#take(2).readInt16BE()
  int32 = () => this.#take(4).readInt32BE()
  int64 = () => this.#take(8).readBigInt64BE()
  text = (size: number) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#take(size))

  varint(): number {
    const value = this.#unsigned(10)
    return Number((value >> 1n) ^ -(value & 1n))
  }

  uvarint(): number {
    return Number(BigInt.asUintN(32, this.#unsigned(5)))
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error('too long')
  }

  #unsigned(most: number): bigint {
    let value = 0n
    for (let i = 0; i < most; i++) {
      const byte = this.#take(1).readUInt8()
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return value
    }
    throw new Error('too long')
  }

  #take(size: number): Buffer {
    if (size < 0 || size > this.#bytes.length - this.#at) throw new Error('too short')
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }
}
