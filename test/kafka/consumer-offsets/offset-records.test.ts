import { describe, expect, test } from '@jest/globals'
import { batch, int16, int32, type RecordToWrite, writtenAt } from './batches.ts'
import { logOf, offset, recordsOf } from './logs.ts'
import {
  type CommitToWrite,
  commit,
  commitKey,
  commitValue,
  group,
  groupKey,
  groupTombstone,
  groupValue,
  string,
} from './records.ts'

const known = {
  offset: 42n,
  at: writtenAt,
  expiresAt: null,
  leaderEpoch: null,
  metadata: '',
  topicId: null,
}

describe('a commit record is decoded:', () => {
  const topicId = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

  test.each<[string, CommitToWrite, object]>([
    ['v0', { version: 0 }, known],
    ['v0 with the key of Kafka 0.8', { version: 0, keyType: 0 }, known],
    ['v1 without an expiry', { version: 1 }, known],
    ['v1 with its own expiry', { expiresAt: writtenAt + 1000 }, { ...known, expiresAt: writtenAt + 1000 }],
    ['v1 that never expires', { expiresAt: 2n ** 63n - 1n }, { ...known, expiresAt: 8.64e15 }],
    [
      'v1 that expires before the range of Date',
      { expiresAt: -(2n ** 63n) },
      { ...known, expiresAt: -8.64e15 },
    ],
    ['v1 that expired before 1970', { expiresAt: -2 }, { ...known, expiresAt: -2 }],
    [
      'v1 committed after the range of Date',
      { version: 1, committedAt: 2n ** 62n },
      { ...known, at: 8.64e15 },
    ],
    ['v2', { version: 2 }, known],
    ['v3', { version: 3 }, { ...known, leaderEpoch: 7 }],
    ['v3 without a leader epoch', { version: 3, leaderEpoch: -1 }, known],
    ['v4', { version: 4 }, { ...known, leaderEpoch: 7 }],
    [
      'v4 with the topic id',
      { version: 4, topicId },
      { ...known, leaderEpoch: 7, topicId: topicId.toString('base64url') },
    ],
    ['v4 with the zero topic id', { version: 4, topicId: Buffer.alloc(16) }, { ...known, leaderEpoch: 7 }],
    ['metadata', { version: 3, metadata: 'nøtt' }, { ...known, leaderEpoch: 7, metadata: 'nøtt' }],
    ['compact metadata', { version: 4, metadata: 'nøtt' }, { ...known, leaderEpoch: 7, metadata: 'nøtt' }],
    ['the largest offset', { version: 0, offset: 2n ** 63n - 1n }, { ...known, offset: 2n ** 63n - 1n }],
    ['a literal replacement character', { version: 0, metadata: '\ufffd' }, { ...known, metadata: '\ufffd' }],
  ])('%s', (_, of, last) => {
    const { log, pass } = recordsOf(commit(of))
    expect(offset(log)).toMatchObject({
      last,
      tombstoneAt: null,
      before: null,
      logOffset: 0,
      uncertain: false,
    })
    expect(pass.unreadableCount).toBe(0)
  })

  test('with the time of the commit, not of the record', () => {
    const { log } = logOf(batch({ records: [commit({ committedAt: 5 })], baseTimestamp: 9 }))
    expect(offset(log)?.last?.at).toBe(5)
  })

  test('with an unknown tagged field, which is skipped', () => {
    const value = Buffer.concat([commitValue({ version: 4 }).subarray(0, -1), Buffer.of(1, 3, 2, 0, 0)])
    expect(offset(recordsOf({ key: commitKey({}), value }).log)?.last?.offset).toBe(42n)
  })
})

describe('a group record is decoded:', () => {
  test.each<readonly [string, RecordToWrite, object]>([
    ...[0, 1].map(
      version => [`Empty, v${version}`, group({ version }), { state: 'empty', since: -1 }] as const,
    ),
    ...[2, 3, 4].map(
      version => [`Empty, v${version}`, group({ version }), { state: 'empty', since: writtenAt }] as const,
    ),
    ...[0, 1, 2, 3, 4].map(
      version =>
        [`with members, v${version}`, group({ version, members: 2 }), { state: 'occupied' }] as const,
    ),
    ['Empty since an unknown time', group({ since: -1 }), { state: 'empty', since: -1 }],
    ['new, without a protocol type', group({ protocolType: '' }), { state: 'untyped' }],
    ['deleted', groupTombstone(), { state: 'tombstone', since: -1 }],
  ])('%s', (_, record, expected) => {
    const { log, pass } = recordsOf(record)
    expect(log.group('g')?.record).toMatchObject({
      ...expected,
      logOffset: 0,
      at: writtenAt,
      uncertain: false,
    })
    expect(pass.unreadableCount).toBe(0)
  })

  test('the last record of a group counts', () => {
    const { log } = recordsOf(group({ members: 1 }), group({ since: 5 }))
    expect(log.group('g')?.record).toMatchObject({ state: 'empty', since: 5, logOffset: 1 })
  })

  test('the tombstone of a group keeps the time when it became empty, if its last record has one', () => {
    expect(recordsOf(group({ since: 5 }), groupTombstone()).log.group('g')?.record?.since).toBe(5)
    expect(recordsOf(group({ members: 1 }), groupTombstone()).log.group('g')?.record?.since).toBe(-1)
  })

  test('the tombstone of a group deletes no offset', () => {
    const { log } = recordsOf(commit(), groupTombstone())
    expect(offset(log)?.last?.offset).toBe(42n)
  })
})

describe('an undecodable record is counted, and makes no commit:', () => {
  const value = commitValue({ version: 3, metadata: 'abc' })
  const patched = (bytes: Buffer, at: number, ...values: number[]) => {
    const copy = Buffer.from(bytes)
    for (const [i, byte] of values.entries()) copy[at + i] = byte
    return copy
  }

  test.each<[string, Buffer | null, Buffer | null]>([
    ['no key', null, value],
    ['an empty key', Buffer.of(), value],
    ['a truncated key', commitKey({}).subarray(0, -1), value],
    ['a key with extra bytes', Buffer.concat([commitKey({}), Buffer.of(0)]), value],
    ['a group longer than the key', patched(commitKey({}), 2, 0x7f, 0xff), value],
    ['a negative group length', patched(commitKey({}), 2, 0xff, 0xff), value],
    ['a group that is not UTF-8', patched(commitKey({ group: 'x' }), 4, 0xff), value],
    ['a topic that is not UTF-8', patched(commitKey({}), 7, 0xc0), value],
    ['an unknown version', commitKey({}), patched(value, 0, 0, 5)],
    ['a negative version', commitKey({}), patched(value, 0, 0xff, 0xff)],
    ['an empty value', commitKey({}), Buffer.of()],
    ['a truncated value', commitKey({}), value.subarray(0, -1)],
    ['a value with extra bytes', commitKey({}), Buffer.concat([value, Buffer.of(0)])],
    ['metadata longer than the value', commitKey({}), patched(value, 14, 0x7f, 0xff)],
    ['null metadata', commitKey({}), patched(value, 14, 0xff, 0xff)],
    ['metadata that is not UTF-8', commitKey({}), patched(value, 16, 0xff)],
    [
      'a topic id of 15 bytes',
      commitKey({}),
      Buffer.concat([commitValue({ version: 4 }).subarray(0, -1), Buffer.of(1, 0, 15), Buffer.alloc(15)]),
    ],
    [
      '2^32 tagged fields',
      commitKey({}),
      Buffer.concat([commitValue({ version: 4 }).subarray(0, -1), Buffer.from('ffffffff0f', 'hex')]),
    ],
    ['a group of an unknown version', groupKey('g'), patched(groupValue({}), 0, 0, 5)],
    ['a truncated group', groupKey('g'), groupValue({}).subarray(0, 20)],
    [
      'a negative number of members',
      groupKey('g'),
      Buffer.concat([groupValue({}).subarray(0, -4), int32(-2)]),
    ],
  ])('%s', (_, key, bytes) => {
    const { log, pass } = recordsOf({ key, value: bytes })
    expect(pass.unreadableCount).toBe(1)
    expect(pass.firstUnreadable).toEqual({ offset: 0, why: expect.any(String) })
    expect(pass.next).toBe(1)
    expect(offset(log)?.last ?? null).toBeNull()
    expect(log.group('g')?.record ?? null).toBeNull()
  })

  test('the commit before it becomes uncertain, and the one after it does not', () => {
    const unreadable = { key: commitKey({}), value: patched(value, 0, 0, 5) }
    expect(offset(recordsOf(commit(), unreadable).log)).toMatchObject({ logOffset: 0, uncertain: true })
    expect(offset(recordsOf(commit(), unreadable, commit()).log)).toMatchObject({
      logOffset: 2,
      uncertain: false,
    })
    const broken = { key: groupKey('g'), value: patched(groupValue({}), 0, 0, 5) }
    expect(recordsOf(group({}), broken).log.group('g')?.record).toMatchObject({
      logOffset: 0,
      uncertain: true,
    })
  })

  test.each<[string, Buffer]>([
    ['a KIP-848 group', Buffer.concat([int16(3), string('g')])],
    ['a share group', Buffer.concat([int16(10), string('g')])],
    ['a future record type', Buffer.concat([int16(999), int32(1)])],
  ])('%s is skipped without a problem', (_, key) => {
    const { log, pass } = recordsOf({ key, value: Buffer.of(1, 2, 3) })
    expect([pass.records, pass.unreadableCount, log.size]).toEqual([1, 0, 0])
  })
})
