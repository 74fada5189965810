import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteWriter } from 'hyparquet-writer'
import { readHybrid, writeHybrid } from '../../../functions/store/snapshots/parquet/hybrid.ts'

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

describe('run lengths and packed bits', () => {
  test('are read back unchanged, whatever their width', () => {
    const runs = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 })), { maxLength: 20 })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        runs,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bitWidth, list, start) => {
          const values = Int32Array.from(
            list.flatMap(([value, length]) => Array(length).fill(value % 2 ** bitWidth)),
          )
          const writer = new ByteWriter()
          writeHybrid(writer, values, bitWidth)
          const bytes = view(writer.getBytes())
          expect(readHybrid(bytes, 0, bitWidth, 0, values.length)).toEqual(values)
          const from = Math.floor(values.length * start)
          expect(readHybrid(bytes, 0, bitWidth, from, values.length)).toEqual(values.subarray(from))
        },
      ),
    )
  })

  const longest = [0xfe, 0xff, 0xff, 0xff, 0x0f]
  test.each([
    ['a run of two billion values', [...longest, 1], 1],
    ['two billion packed values of zero bits', [0xff, 0xff, 0xff, 0xff, 0x0f], 0],
  ])('are read only up to the last wanted value: %s', (_, bytes, bitWidth) => {
    expect(readHybrid(view(Uint8Array.from(bytes)), 0, bitWidth, 0, 3)).toHaveLength(3)
  })

  test.each([
    ['nothing', [], 1],
    ['runs without values', Array(100).fill(0), 1],
    ['missing packed bits', [0x03], 8],
    ['values that are too wide', [...longest, 1], 25],
    ['values of 255 bits', [...longest, 1], 255],
  ])('are refused: %s', (_, bytes: number[], bitWidth) => {
    expect(() => readHybrid(view(Uint8Array.from(bytes)), 0, bitWidth, 0, 3)).toThrow(RangeError)
  })
})
