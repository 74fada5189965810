import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Reader, Undecodable } from '../../../functions/kafka/protocol/reader.ts'
import { Writer } from '../../../functions/kafka/protocol/writer.ts'

type Write = (w: Writer) => void
type Read = (r: Reader) => unknown

const written = (flexible: boolean, write: Write): Buffer => {
  const w = new Writer(flexible)
  write(w)
  return w.bytes()
}

describe('bytes are those of the protocol guide', () => {
  test.each<[name: string, flexible: boolean, write: Write, hex: string]>([
    ['int8', false, w => w.int8(-1), 'ff'],
    ['int16', false, w => w.int16(-2), 'fffe'],
    ['int32', false, w => w.int32(258), '00000102'],
    ['int64', false, w => w.int64(-2n), 'fffffffffffffffe'],
    ['boolean', false, w => w.boolean(true), '01'],
    ['varint of one byte', true, w => w.uvarint(127), '7f'],
    ['varint of two bytes', true, w => w.uvarint(300), 'ac02'],
    ['varint of five bytes', true, w => w.uvarint(2 ** 31 - 1), 'ffffffff07'],
    ['string', false, w => w.string('ab'), '00026162'],
    ['string in UTF-8', false, w => w.string('é'), '0002c3a9'],
    ['null string', false, w => w.string(null), 'ffff'],
    ['compact string', true, w => w.string('ab'), '036162'],
    ['compact null string', true, w => w.string(null), '00'],
    ['array', false, w => w.array([1, 2], n => w.int8(n)), '000000020102'],
    ['null array', false, w => w.array(null, () => {}), 'ffffffff'],
    ['compact array', true, w => w.array([1, 2], n => w.int8(n)), '030102'],
    ['compact null array', true, w => w.array(null, () => {}), '00'],
    ['no topic id', true, w => w.zeroUuid(), '00'.repeat(16)],
    ['no tagged fields', true, w => w.tags(), '00'],
    ['tagged fields before they existed', false, w => w.tags(), ''],
  ])('%s', (_, flexible, write, hex) => {
    expect(written(flexible, write).toString('hex')).toBe(hex)
  })
})

/** A value, how it is written, and how it is read. */
type Trip = readonly [value: unknown, write: Write, read: Read]
const trip = (value: unknown, write: Write, read: Read): Trip => [value, write, read]

const text = fc.string({ unit: 'grapheme', maxLength: 300 })
const trips = fc.oneof(
  fc.integer({ min: -128, max: 127 }).map(n =>
    trip(
      n,
      w => w.int8(n),
      r => r.int8(),
    ),
  ),
  fc.integer({ min: -32_768, max: 32_767 }).map(n =>
    trip(
      n,
      w => w.int16(n),
      r => r.int16(),
    ),
  ),
  fc.integer().map(n =>
    trip(
      n,
      w => w.int32(n),
      r => r.int32(),
    ),
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(n =>
    trip(
      n,
      w => w.int64(n),
      r => r.int64(),
    ),
  ),
  fc.nat().map(n =>
    trip(
      n,
      w => w.uvarint(n),
      r => r.uvarint(),
    ),
  ),
  fc.boolean().map(b =>
    trip(
      b,
      w => w.boolean(b),
      r => r.boolean(),
    ),
  ),
  fc.option(text).map(s =>
    trip(
      s,
      w => w.string(s),
      r => r.nullableString(),
    ),
  ),
  text.map(s =>
    trip(
      s,
      w => w.string(s),
      r => r.string(),
    ),
  ),
  fc.array(text).map(list =>
    trip(
      list,
      w => w.array(list, s => w.string(s)),
      r => r.array(() => r.string()),
    ),
  ),
)
const messages = fc.tuple(fc.boolean(), fc.array(trips, { minLength: 1 }))

const writeAll = (flexible: boolean, values: readonly Trip[]): Buffer =>
  written(flexible, w => {
    for (const [, write] of values) write(w)
    w.tags()
  })

const readAll = (r: Reader, values: readonly Trip[]): unknown[] => {
  const results = values.map(([, , read]) => read(r))
  r.tags()
  r.done()
  return results
}

test('every written value is read back', () => {
  fc.assert(
    fc.property(messages, ([flexible, values]) => {
      const r = new Reader(writeAll(flexible, values), flexible)
      expect(readAll(r, values)).toEqual(values.map(([value]) => value))
    }),
  )
})

test('a truncated message is noticed', () => {
  fc.assert(
    fc.property(
      messages,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      ([flexible, values], part) => {
        const bytes = writeAll(flexible, values)
        const cut = bytes.subarray(0, Math.floor(bytes.length * part))
        expect(() => readAll(new Reader(cut, flexible), values)).toThrow(Undecodable)
      },
    ),
  )
})

test("a topic id is printed as Kafka's own tools print it", () => {
  const bytes = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f0', 'hex')
  expect(new Reader(bytes, true).uuid()).toBe('Dx4tPEtaaXiHlqW0w9Lh8A')
  expect(new Reader(Buffer.alloc(16), true).uuid()).toBeNull()
})

test('unknown tagged fields are skipped', () => {
  const r = new Reader(Buffer.from('02' + '0002aabb' + '0500' + '2a', 'hex'), true)
  r.tags()
  expect(r.int8()).toBe(42)
})

describe('malformed:', () => {
  test.each<[name: string, flexible: boolean, hex: string, read: Read]>([
    ['no bytes for a number', false, '', r => r.int8()],
    ['too few bytes for a number', false, '0000', r => r.int32()],
    ['a string longer than the message', false, '7fff61', r => r.string()],
    ['a compact string longer than the message', true, 'ffffffff0f61', r => r.string()],
    ['a length below that of null', false, 'fffe', r => r.nullableString()],
    ['null for a string that is not nullable', false, 'ffff', r => r.string()],
    ['compact null for a string that is not nullable', true, '00', r => r.string()],
    ['two billion items', false, '7fffffff00', r => r.array(() => r.int8())],
    ['four billion compact items', true, 'ffffffff0f00', r => r.array(() => r.int8())],
    ['more items than bytes', false, '0000000300ff', r => r.array(() => r.int8())],
    ['an endless varint', true, '808080808080', r => r.uvarint()],
    ['a tagged field longer than the message', true, '0100ff0f', r => r.tags()],
    ['four billion tagged fields', true, 'ffffffff0f', r => r.tags()],
    ['bytes longer than the message', false, '000000ff00', r => r.bytes()],
    ['bytes left over', false, '00', r => r.done()],
  ])('%s', (_, flexible, hex, read) => {
    expect(() => read(new Reader(Buffer.from(hex, 'hex'), flexible))).toThrow(Undecodable)
  })
})
