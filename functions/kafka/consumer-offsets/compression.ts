import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { errorText } from '../../core/model/failure.ts'
import { Reader, Undecodable } from '../protocol/reader.ts'
import { lz4, snappy } from './lz.ts'

/** Kafka: CompressionType, by the attribute bits of a batch. */
const codecs: Record<number, (bytes: Buffer, max: number) => Buffer> = {
  1: (bytes, max) => gunzipSync(bytes, { maxOutputLength: max }),
  2: (bytes, max) => snappy(new Reader(bytes), max),
  3: (bytes, max) => lz4(new Reader(bytes), max),
  4: (bytes, max) => zstdDecompressSync(bytes, { maxOutputLength: max }),
}

/**
 * Decompresses a batch's records.
 * @param max limit in bytes
 * @throws Undecodable, also above the limit
 */
export function decompress(codec: number, bytes: Buffer, max: number): Buffer {
  const decompressed = codecs[codec]
  if (decompressed === undefined) throw new Undecodable(`its compression is ${codec}, which is not known`)
  try {
    return decompressed(bytes, max)
  } catch (cause) {
    const why = errorText(cause)
    throw new Undecodable(`it cannot be decompressed: ${why}`, { cause })
  }
}
