import { describe, expect, test } from '@jest/globals'
import { readBatches } from '../../../functions/kafka/consumer-offsets/record-batch.ts'
import {
  batch,
  CONTROL,
  DELETE_HORIZON,
  LOG_APPEND_TIME,
  TRANSACTIONAL,
  varint,
  withChecksum,
  writtenAt,
} from './batches.ts'

const text = (value: string | null) => (value === null ? null : Buffer.from(value))
const record = (key: string | null, value: string | null, more: object = {}) => ({
  key: text(key),
  value: text(value),
  ...more,
})
const a = record('a', '1')
const b = record('b', '2')

interface Read {
  next: number
  records: { offset: number; timestamp: number; key: string | null; value: string | null }[]
  batches: object[]
  unreadable: [from: number, next: number, why: string][]
}

function read(answer: Buffer, from = 0, end = 1000, stride = 1): Read {
  const seen: Read = { next: -1, records: [], batches: [], unreadable: [] }
  seen.next = readBatches(
    answer,
    { from, end, stride },
    {
      record({ offset, timestamp, bytes, keyFrom, keyTo, valueFrom, valueTo }) {
        const part = (at: number, to: number) => (at < 0 ? null : bytes.buffer.toString('utf8', at, to))
        seen.records.push({ offset, timestamp, key: part(keyFrom, keyTo), value: part(valueFrom, valueTo) })
      },
      batch: ({ leaderEpoch, producerId, transactional, control }) =>
        void seen.batches.push({ leaderEpoch, producerId, transactional, control }),
      unreadable: (from, next, why) => void seen.unreadable.push([from, next, why]),
    },
  )
  return seen
}

const offsets = ({ records }: Read) => records.map(({ offset }) => offset)

describe('a batch yields', () => {
  test('its records, with their own offsets and times', () => {
    const records = [
      a,
      record('b', null, { offsetDelta: 4, timestampDelta: 1500 }),
      record(null, '', { offsetDelta: 5 }),
    ]
    expect(read(batch({ records, baseOffset: 10 }), 10)).toEqual({
      next: 16,
      records: [
        { offset: 10, timestamp: writtenAt, key: 'a', value: '1' },
        { offset: 14, timestamp: writtenAt + 1500, key: 'b', value: null },
        { offset: 15, timestamp: writtenAt, key: null, value: '' },
      ],
      batches: [{ leaderEpoch: 5, producerId: -1, transactional: false, control: false }],
      unreadable: [],
    })
  })

  test.each([0, 1, 2, 3, 4])('with codec %i', codec => {
    expect(read(batch({ records: [a, b], codec })).records.map(({ value }) => value)).toEqual(['1', '2'])
  })

  test.each<[string, object, object]>([
    [
      'transactional',
      { attributes: TRANSACTIONAL, producerId: 7 },
      { producerId: 7, transactional: true, control: false },
    ],
    [
      'a marker',
      { attributes: TRANSACTIONAL | CONTROL, producerId: 7 },
      { transactional: true, control: true },
    ],
    ['a producer id beyond 2^32', { producerId: 2 ** 40 + 1 }, { producerId: 2 ** 40 + 1 }],
  ])('%s', (_, options, expected) =>
    expect(read(batch({ records: [a], ...options })).batches).toMatchObject([expected]),
  )

  test.each<[string, object, number]>([
    ["the base and the record's delta", {}, writtenAt - 90_000],
    ['the base in a batch with a delete horizon', { attributes: DELETE_HORIZON }, writtenAt - 90_000],
    [
      "the batch's time, if that is the log append time",
      { attributes: LOG_APPEND_TIME, maxTimestamp: writtenAt + 5 },
      writtenAt + 5,
    ],
  ])('a time from %s', (_, options, timestamp) => {
    const records = [record('a', null, { timestampDelta: -90_000 })]
    expect(read(batch({ records, ...options })).records).toMatchObject([{ timestamp }])
  })

  test('a record of 32 KB, without its headers', () => {
    const large = 'x'.repeat(32_768)
    expect(read(batch({ records: [record('a', large)] })).records).toMatchObject([{ value: large }])

    const headers = Buffer.from([0, 0, 0, 2, 97, 2, 49, 2, 2, 104, 2, 118])
    const body = Buffer.concat([varint(headers.length), headers])
    expect(read(batch({ records: [a], body })).records).toMatchObject([{ key: 'a', value: '1' }])
  })
})

describe('reading continues', () => {
  const left = batch({ records: [], baseOffset: 3, lastOffsetDelta: 9, baseTimestamp: -1 })

  test.each<[string, Buffer, number, number[], number]>([
    [
      'after all batches',
      Buffer.concat([batch({ records: [a, b] }), batch({ records: [a], baseOffset: 2 })]),
      3,
      [0, 1, 2],
      0,
    ],
    [
      'after records at the end that compaction removed',
      batch({ records: [a], lastOffsetDelta: 8 }),
      9,
      [0],
      0,
    ],
    ['after a batch whose records compaction removed', left, 13, [], 3],
    ['after batches that compaction removed', batch({ records: [a], baseOffset: 50 }), 51, [50], 3],
    ['from the middle of a batch', batch({ records: [a, b] }), 2, [0, 1], 1],
    [
      'before a truncated batch',
      Buffer.concat([batch({ records: [a] }), batch({ records: [b], baseOffset: 1 }).subarray(0, -1)]),
      1,
      [0],
      0,
    ],
    ['before a truncated header', Buffer.concat([batch({ records: [a] }), Buffer.alloc(16)]), 1, [0], 0],
    ['at the same place, if no batch is complete', batch({ records: [a] }).subarray(0, 40), 0, [], 0],
    ['at the same place, in an empty answer', Buffer.of(), 5, [], 5],
  ])('%s', (_, answer, next, expected, from) => {
    const seen = read(answer, from)
    expect([seen.next, offsets(seen), seen.unreadable]).toEqual([next, expected, []])
  })
})

describe('an unreadable batch is skipped and reported:', () => {
  const good = (baseOffset: number) => batch({ records: [a], baseOffset })
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
    return copy
  }
  const wrong = batch({ records: [a, b], baseOffset: 1 })
  const body = (hex: string) => batch({ records: [a], baseOffset: 1, body: Buffer.from(hex, 'hex') })

  test.each<[string, Buffer, [from: number, next: number, why: string]]>([
    ['a flipped bit', flipped(wrong, 70), [1, 3, 'its checksum does not match']],
    ['a wrong checksum', flipped(wrong, 17), [1, 3, 'its checksum does not match']],
    ['a wrong number of offsets', flipped(wrong, 23), [1, 3, 'its checksum does not match']],
    [
      'an older format',
      batch({ records: [a, b], baseOffset: 2, magic: 1 }),
      [1, 3, 'its format is 1, not 2'],
    ],
    [
      'an unknown codec',
      batch({ records: [a, b], baseOffset: 1, attributes: 7 }),
      [1, 3, 'its compression is 7, which is not known'],
    ],
    [
      'offsets before the expected ones',
      batch({ records: [a], baseOffset: 0 }),
      [1, 3, 'its offsets, from 0 on, do not continue from the offsets before'],
    ],
    [
      'offsets past the end',
      batch({ records: [a], baseOffset: 5000 }),
      [1, 3, 'its offsets, from 5000 on, do not continue from the offsets before'],
    ],
    [
      'a negative number of offsets',
      batch({ records: [], baseOffset: 1, lastOffsetDelta: -5 }),
      [1, 3, 'its offsets, from 1 on, do not continue from the offsets before'],
    ],
    [
      'a record count that is too large',
      batch({ records: [a, b], baseOffset: 1, recordCount: 3 }),
      [1, 3, 'it ends too early'],
    ],
    [
      'a record count of 2^31',
      batch({ records: [a, b], baseOffset: 1, recordCount: 2 ** 31 - 1 }),
      [1, 3, 'it ends too early'],
    ],
    [
      'a record count that is too small',
      batch({ records: [a, b], baseOffset: 1, recordCount: 1 }),
      [1, 3, '9 bytes are left over'],
    ],
    [
      'offsets that do not ascend',
      batch({ records: [a, { ...b, offsetDelta: 0 }], baseOffset: 1, lastOffsetDelta: 1 }),
      [1, 3, 'its offsets do not ascend'],
    ],
    [
      'an offset past its batch',
      batch({ records: [{ ...a, offsetDelta: 9 }], baseOffset: 1, lastOffsetDelta: 1 }),
      [1, 3, 'its offsets do not ascend'],
    ],
    ['a record of 2 GiB', body('fcffffff0f00'), [1, 2, 'a record claims 2147483646 bytes']],
    ['a record of a negative size', body('0100'), [1, 2, 'a record claims -1 bytes']],
    ['a key that is longer than its record', body('0a00000014'), [1, 2, 'a record claims 5 bytes']],
    ['a varint without an end', body('ffffffffffffffffffffffff'), [1, 2, 'a varint is longer than 10 bytes']],
  ])('%s', (_, bytes, [from, next, why]) => {
    const between = read(Buffer.concat([good(0), bytes, good(3)]))
    expect(between.next).toBe(4)
    expect(offsets(between)).toEqual(expect.arrayContaining([0, 3]))
    expect(between.unreadable).toHaveLength(1)
    expect(between.unreadable[0]?.[0]).toBe(from)
    expect(between.unreadable[0]?.[2]).toBe(why)

    const atTheEnd = read(Buffer.concat([good(0), bytes]))
    expect(atTheEnd.next).toBeGreaterThan(1)
    expect(atTheEnd.next).toBeLessThanOrEqual(next)
  })

  test('a batch with impossible claims is skipped by the given number of offsets', () => {
    const bytes = flipped(batch({ records: [a], baseOffset: 5000 }), 65)
    expect(read(bytes, 7, 1000, 16)).toMatchObject({
      next: 23,
      unreadable: [[7, 23, 'its checksum does not match']],
    })
  })

  test('nothing is read behind an impossible length', () => {
    const bytes = Buffer.from(good(0))
    bytes.writeInt32BE(2 ** 31 - 20, 8)
    expect(read(bytes)).toMatchObject({ next: 0, records: [], unreadable: [] })
    bytes.writeInt32BE(-8, 8)
    expect(read(bytes)).toMatchObject({ next: 0, records: [], unreadable: [] })
  })

  test('a correct checksum does not hide other damage', () => {
    const bytes = Buffer.from(good(0))
    bytes.writeUInt8(0xff, 61)
    expect(read(withChecksum(bytes)).unreadable).toHaveLength(1)
  })
})
