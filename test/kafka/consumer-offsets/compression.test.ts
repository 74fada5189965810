import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { decompress } from '../../../functions/kafka/consumer-offsets/compression.ts'
import { Undecodable } from '../../../functions/kafka/protocol/reader.ts'
import { randomCases } from '../../random-cases.ts'
import { int32, littleEndian, lz4Header, xerial } from './batches.ts'

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4] as const
const MAX = 1000

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** Blocks in the framing of snappy-java. */
const snappy = (...blocks: string[]) =>
  Buffer.concat([xerial, ...blocks.map(bytes).flatMap(block => [int32(block.length), block])])

const stored = 0x80000000
const end = littleEndian(0)
/** Blocks in an LZ4 frame. */
const lz4 = (...blocks: string[]) =>
  Buffer.concat([lz4Header, ...blocks.map(bytes).flatMap(block => [littleEndian(block.length), block]), end])

/** A literal that claims four gigabytes: -6 as an int32. */
const fourGigabytes = '0a fcfaffffff 00000000'

describe('decompresses', () => {
  test.each<[string, number, Buffer, string]>([
    ['gzip', GZIP, gzipSync('text'), 'text'],
    ['zstd', ZSTD, zstdCompressSync('text'), 'text'],
    ['snappy: a literal', SNAPPY, snappy('03 08616263'), 'abc'],
    [
      'snappy: a literal whose length has two bytes',
      SNAPPY,
      snappy(`ac02 f42b01 ${'78'.repeat(300)}`),
      'x'.repeat(300),
    ],
    ['snappy: a copy that overlaps itself', SNAPPY, snappy('0a 046162 1102'), 'ababababab'],
    ['snappy: a copy with a 2-byte offset', SNAPPY, snappy('06 08616263 0a0300'), 'abcabc'],
    ['snappy: a copy with a 4-byte offset', SNAPPY, snappy('06 08616263 0b03000000'), 'abcabc'],
    ['snappy: two blocks', SNAPPY, snappy('01 0061', '01 0062'), 'ab'],
    ['snappy: no blocks', SNAPPY, snappy(), ''],
    ['lz4: a literal', LZ4, lz4('30 616263'), 'abc'],
    [
      'lz4: a stored block',
      LZ4,
      Buffer.concat([lz4Header, littleEndian(1 | stored), Buffer.from('a'), end]),
      'a',
    ],
    ['lz4: a copy that overlaps itself', LZ4, lz4('24 6162 0200 10 63'), 'abababababc'],
    ['lz4: a literal of 15 bytes', LZ4, lz4(`f0 00 ${'61'.repeat(15)}`), 'a'.repeat(15)],
    ['lz4: a literal of 300 bytes', LZ4, lz4(`f0 ff1e ${'61'.repeat(300)}`), 'a'.repeat(300)],
    ['lz4: a copy of 274 bytes', LZ4, lz4('1f 61 0100 ff00'), 'a'.repeat(275)],
    ['lz4: two blocks', LZ4, lz4('10 61', '10 62'), 'ab'],
    ['lz4: no blocks', LZ4, lz4(), ''],
  ])('%s', (_, codec, compressed, text) => expect(decompress(codec, compressed, MAX).toString()).toBe(text))
})

describe('cannot decompress', () => {
  test.each<[string, number, Buffer]>([
    ['an unknown codec', 5, Buffer.from('text')],
    ['gzip: other bytes', GZIP, Buffer.from('text')],
    ['gzip: a truncated stream', GZIP, gzipSync('text').subarray(0, -9)],
    ['zstd: other bytes', ZSTD, Buffer.from('text')],
    ['snappy: no framing', SNAPPY, bytes('03 08616263')],
    ['snappy: a block longer than the input', SNAPPY, Buffer.concat([xerial, int32(9), bytes('0100')])],
    ['snappy: a negative block length', SNAPPY, Buffer.concat([xerial, int32(-1), bytes('0100')])],
    ['snappy: a literal longer than its block', SNAPPY, snappy('03 0861')],
    ['snappy: a literal of four gigabytes', SNAPPY, snappy(fourGigabytes)],
    ['snappy: a copy with offset 0', SNAPPY, snappy('06 08616263 0a0000')],
    ['snappy: a copy from before the start', SNAPPY, snappy('06 08616263 0a0400')],
    ['lz4: another magic number', LZ4, bytes('05224d18604082 00000000')],
    ['lz4: block checksums', LZ4, bytes('04224d18704082 00000000')],
    ['lz4: no end mark', LZ4, lz4('10 61').subarray(0, -1)],
    ['lz4: a block longer than the input', LZ4, Buffer.concat([lz4Header, littleEndian(9), end])],
    ['lz4: a literal longer than its block', LZ4, lz4('30 6162')],
    ['lz4: a copy with offset 0', LZ4, lz4('14 61 0000')],
    ['lz4: a copy from before the start', LZ4, lz4('14 61 0200')],
  ])('%s', (_, codec, compressed) => expect(() => decompress(codec, compressed, MAX)).toThrow(Undecodable))
})

// If this test fails, hyparquet has mended its decoder, and `npm run fuzz` can try that decoder in place of lz.ts.
test('hyparquet never finishes a literal of four gigabytes', () => {
  let reads = 0
  const counted = new Proxy<Uint8Array>(bytes(fourGigabytes), {
    get(target, key) {
      if (++reads > 100_000) throw new Error('more than 100,000 reads of 10 bytes')
      return Reflect.get(target, key)
    },
  })
  expect(() => snappyUncompress(counted, new Uint8Array(10))).toThrow('more than 100,000 reads of 10 bytes')
})

describe('stops early when a few bytes claim to be 100 MB', () => {
  const many = Buffer.alloc(100_000_000)
  test.each<[string, number, Buffer]>([
    ['gzip', GZIP, gzipSync(many)],
    ['zstd', ZSTD, zstdCompressSync(many)],
    ['snappy', SNAPPY, snappy(`80c2d72f 0061 ${'fe0100'.repeat(50_000)}`)],
    ['lz4', LZ4, lz4(`1f 61 0100 ${'ff'.repeat(400_000)} 00`)],
  ])('%s', (_, codec, compressed) => {
    expect(() => decompress(codec, compressed, 1_000_000)).toThrow(Undecodable)
  })
})

test.each([GZIP, SNAPPY, LZ4, ZSTD])('codec %i: arbitrary bytes are undecodable, or short enough', codec => {
  const header = {
    [GZIP]: gzipSync('').subarray(0, 10),
    [SNAPPY]: snappy(),
    [LZ4]: lz4Header,
    [ZSTD]: bytes('28b52ffd'),
  }
  // Small bytes make small lengths, which reach deeper code.
  const arbitrary = fc.array(fc.oneof(fc.nat(3), fc.nat(255)), { maxLength: 200 })
  fc.assert(
    fc.property(arbitrary, fc.boolean(), (values, isFramed) => {
      const input = Buffer.concat([
        isFramed ? (header[codec] ?? Buffer.of()) : Buffer.of(),
        Buffer.from(values),
      ])
      try {
        expect(decompress(codec, input, MAX).length).toBeLessThanOrEqual(MAX)
      } catch (error) {
        expect(error).toBeInstanceOf(Undecodable)
      }
    }),
    { numRuns: randomCases(1000) },
  )
})
