import { expect, test } from '@jest/globals'
import { recordsRetention } from '../../../functions/core/evidence/records-retention.ts'

const sevenDays = 604_800_000
const defaults = {
  'cleanup.policy': 'delete',
  'retention.ms': String(sevenDays),
  'retention.bytes': '-1',
  'segment.ms': String(sevenDays),
  'remote.storage.enable': 'false',
}
const byTime = { by: 'time', retention: sevenDays, setBy: 'broker', segment: sevenDays, isCompacted: false }

test.each<[string, Partial<Record<keyof typeof defaults, string | null>>, object]>([
  ['the defaults of Kafka', {}, byTime],
  ['a broker that is too old for tiered storage', { 'remote.storage.enable': null }, byTime],
  ['retention.ms=-1', { 'retention.ms': '-1' }, { by: 'never' }],
  ['a compacted topic', { 'cleanup.policy': 'compact' }, { by: 'never' }],
  [
    'a compacted topic with a retention',
    { 'cleanup.policy': 'compact', 'retention.ms': '1000' },
    { by: 'never' },
  ],
  ['an empty cleanup.policy', { 'cleanup.policy': '' }, { by: 'never' }],
  [
    'cleanup.policy=compact,delete',
    { 'cleanup.policy': 'compact, delete' },
    { ...byTime, isCompacted: true },
  ],
  ['retention by size only', { 'retention.ms': '-1', 'retention.bytes': '1000000' }, { by: 'size' }],
  ['retention by size and time', { 'retention.bytes': '1000000' }, { by: 'size' }],
  ['retention.bytes=0', { 'retention.bytes': '0' }, { by: 'size' }],
  ['tiered storage', { 'remote.storage.enable': 'true' }, { by: 'tiered' }],
  [
    'tiered storage with retention.ms=-1',
    { 'remote.storage.enable': 'true', 'retention.ms': '-1' },
    { by: 'never' },
  ],
  ['the longest retention', { 'retention.ms': '9223372036854775807' }, { ...byTime, retention: 8.64e15 }],
  ['retention.ms=0', { 'retention.ms': '0' }, { ...byTime, retention: 0 }],
  ['a hidden cleanup.policy', { 'cleanup.policy': null }, { by: 'unknown' }],
  ['a hidden retention.ms', { 'retention.ms': null }, { by: 'unknown' }],
  ['a retention.ms that is not a number', { 'retention.ms': 'a week' }, { by: 'unknown' }],
  ['a hidden segment.ms', { 'segment.ms': null }, { by: 'unknown' }],
])('%s', (_, changes, expected) => {
  const configs = new Map(
    Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== undefined),
  )
  expect(recordsRetention(configs, new Set(['segment.ms']))).toEqual(expected)
})

test('a retention that is set on the topic', () => {
  const configs = new Map(Object.entries(defaults))
  expect(recordsRetention(configs, new Set(['retention.ms']))).toEqual({ ...byTime, setBy: 'topic' })
})

test('a topic without any settings', () => {
  expect(recordsRetention(new Map(), new Set())).toEqual({ by: 'unknown' })
})
