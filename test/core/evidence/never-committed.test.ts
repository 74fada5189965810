import { describe, expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { lasting, neverCommitted } from '../../../functions/core/evidence/never-committed.ts'
import type { NeverCommitted } from '../../../functions/core/model/never-committed.ts'
import type { TopicPartition } from '../../../functions/core/model/topic-partition.ts'
import { commitOf } from '../../builders/snapshots.ts'
import { aReading, classic, emptyClassic, MINUTE, monday, simple } from '../readings.ts'

const partitionsOf = (topic: string, ...partitions: number[]): TopicPartition[] =>
  partitions.map(partition => ({ topic, partition }))

/**
 * The snapshot after a reading of this group.
 * @param owned undefined if the assignment is unknown
 */
function found(
  owned: TopicPartition[] | undefined,
  {
    group = classic({}),
    rows = [],
    before = [],
  }: {
    group?: ReturnType<typeof classic> | undefined
    rows?: Parameters<typeof commitOf>[0][]
    before?: NeverCommitted[]
  } = {},
) {
  const reading = aReading(monday, { app: group })
  if (owned) reading.uncommitted = new Map([['app', owned]])
  const commits = CommitTable.from(rows.map(row => commitOf({ group: 'app', ...row })))
  return neverCommitted(reading, commits, before).map(({ topic, partitions, since }) => [
    `${topic} ${partitions.join()}`,
    since - reading.finishedAt,
  ])
}

const earlier = (topic: string, ...partitions: number[]): NeverCommitted => ({
  group: 'app',
  topic,
  partitions,
  since: monday - 30 * MINUTE,
})
const gone = { reason: 'expired', earliest: 0, latest: 1 } as const
const ago = (reading = aReading(monday, {})) => earlier('orders').since - reading.finishedAt

test.each<[string, ReturnType<typeof found>, [string, number][]]>([
  ['is listed from the first reading that sees it', found(partitionsOf('orders', 2, 0)), [['orders 0,2', 0]]],
  [
    'keeps its own start',
    found(partitionsOf('orders', 0, 1), { before: [earlier('orders', 0)] }),
    [
      ['orders 0', ago()],
      ['orders 1', 0],
    ],
  ],
  ['is not listed after its first commit', found([], { before: [earlier('orders', 0)] }), []],
  [
    'is not listed once no member owns it',
    found(partitionsOf('orders', 1), { before: [earlier('orders', 0)] }),
    [['orders 1', 0]],
  ],
  [
    'stays listed while the group rebalances',
    found(undefined, { before: [earlier('orders', 0)] }),
    [['orders 0', ago()]],
  ],
  [
    'is not listed once the group stops',
    found(undefined, { group: emptyClassic({}), before: [earlier('orders', 0)] }),
    [],
  ],
  ['is not listed for a group without members', found(undefined, { group: simple({}) }), []],
  [
    'is not one whose offset was committed once and is gone',
    found(partitionsOf('orders', 0, 1), { rows: [{ topic: 'orders', partition: 0, gone }] }),
    [['orders 1', 0]],
  ],
])('a never-committed partition %s', (_, said, expected) => {
  expect(said).toEqual(expected)
})

test('the never-committed partitions of a group that was not read are carried over', () => {
  const before = [earlier('orders', 0)]
  expect(neverCommitted(aReading(monday, {}), CommitTable.empty(0), before)).toEqual(before)
})

test('a snapshot lists a thousand never-committed partitions, always the same', () => {
  const groups = Array.from({ length: 1100 }, (_, i) => `group-${String(i).padStart(4, '0')}`)
  const reading = aReading(monday, {})
  reading.uncommitted = new Map(groups.toReversed().map(group => [group, partitionsOf('orders', 0)]))
  const listed = neverCommitted(reading, CommitTable.empty(0), [])
  expect(listed.map(({ group }) => group)).toEqual(groups.slice(0, 1000))
})

test.each([
  ['one interval', 15, 0],
  ['two intervals', 30, 1],
])('a never-committed partition counts after two intervals: %s', (_, minutes, expected) => {
  const entry = { ...earlier('orders', 0), since: monday - minutes * MINUTE }
  expect(lasting({ neverCommitted: [entry], finishedAt: monday }, 15 * MINUTE)).toHaveLength(expected)
})

describe('above 1,000 entries', () => {
  const zz = { ...earlier('orders', 0), group: 'zz' }
  /** The kept groups, of `app` to `zz` and 1,000 others between them, all with the topic `orders`. */
  const kept = (before: NeverCommitted[], isAlerted?: (group: string) => boolean): Set<string> => {
    const names = ['app', ...Array.from({ length: 1000 }, (_, i) => `group-${i}`), 'zz']
    const reading = aReading(monday, Object.fromEntries(names.map(group => [group, classic({})])))
    reading.uncommitted = new Map(names.map(group => [group, partitionsOf('orders', 0)]))
    const entries = neverCommitted(reading, CommitTable.from([]), before, isAlerted)
    expect(entries).toHaveLength(1000)
    return new Set(entries.map(({ group }) => group))
  }

  test.each<[which: string, kept: Set<string>, has: boolean]>([
    ['a known one does not make room for new ones', kept([zz]), true],
    ['one with an alert comes first', kept([], group => group === 'zz'), true],
    ['others follow by their names', kept([]), false],
  ])('%s', (_, groups, has) => {
    expect(groups.has('zz')).toBe(has)
    expect(groups.has('app')).toBe(true)
  })
})
