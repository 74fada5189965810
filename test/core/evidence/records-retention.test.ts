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
  ['no limit of time', { 'retention.ms': '-1' }, { by: 'never' }],
  ['a compacted topic', { 'cleanup.policy': 'compact' }, { by: 'never' }],
  [
    'a compacted topic with a retention',
    { 'cleanup.policy': 'compact', 'retention.ms': '1000' },
    { by: 'never' },
  ],
  ['a topic without any policy', { 'cleanup.policy': '' }, { by: 'never' }],
  ['compacted and deleted', { 'cleanup.policy': 'compact, delete' }, { ...byTime, isCompacted: true }],
  ['by size alone', { 'retention.ms': '-1', 'retention.bytes': '1000000' }, { by: 'size' }],
  ['by size and time', { 'retention.bytes': '1000000' }, { by: 'size' }],
  ['by a size of nothing', { 'retention.bytes': '0' }, { by: 'size' }],
  ['tiered storage', { 'remote.storage.enable': 'true' }, { by: 'tiered' }],
  [
    'tiered storage without any limit',
    { 'remote.storage.enable': 'true', 'retention.ms': '-1' },
    { by: 'never' },
  ],
  ['the longest retention', { 'retention.ms': '9223372036854775807' }, { ...byTime, retention: 8.64e15 }],
  ['no retention at all', { 'retention.ms': '0' }, { ...byTime, retention: 0 }],
  ['a policy that is hidden', { 'cleanup.policy': null }, { by: 'unknown' }],
  ['a retention that is hidden', { 'retention.ms': null }, { by: 'unknown' }],
  ['a retention that is no number', { 'retention.ms': 'a week' }, { by: 'unknown' }],
  ['a segment that is hidden', { 'segment.ms': null }, { by: 'unknown' }],
])('%s', (_, changes, expected) => {
  const configs = new Map(
    Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== undefined),
  )
  expect(recordsRetention(configs, new Set(['segment.ms']))).toEqual(expected)
})

test('a retention of the topic itself', () => {
  const configs = new Map(Object.entries(defaults))
  expect(recordsRetention(configs, new Set(['retention.ms']))).toEqual({ ...byTime, setBy: 'topic' })
})

test('no setting at all', () => {
  expect(recordsRetention(new Map(), new Set())).toEqual({ by: 'unknown' })
})
