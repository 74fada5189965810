import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { crc32c } from '../../../functions/kafka/consumer-offsets/crc32c.ts'

const kafkajs: (bytes: Uint8Array) => number = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C',
)

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length)

// RFC 3720, B.4
describe('the checksums of RFC 3720', () => {
  test.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['ascending', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['descending', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
    ['digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.of(), 0],
  ])('%s', (_, bytes, sum) => expect(crc32c(viewOf(bytes), 0, bytes.length)).toBe(sum))
})

test('any part of any buffer has the checksum that kafkajs computes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)]
      expect(crc32c(viewOf(bytes), from, to)).toBe(kafkajs(bytes.subarray(from, to)) >>> 0)
    }),
  )
})
