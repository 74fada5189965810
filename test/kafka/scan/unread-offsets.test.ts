import { expect, test } from '@jest/globals'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { GroupReading } from '../../../functions/core/reading.ts'
import { unreadOffsets, unreadTopics } from '../../../functions/kafka/scan/unread-offsets.ts'
import { commitOf } from '../../builders/snapshots.ts'

const id = 'a0000000-0000-0000-0000-000000000000'
const [start, end] = [20n, 100n]
const orders = { group: 'app', topic: 'orders', topicId: id }

/** The questions about one group's offsets in topic `orders`, given these rows of the last snapshot. */
function unread(committed: [partition: number, offset: bigint][], before: readonly Commit[] = []) {
  const offsets = new CommittedOffsets()
  for (const [partition, offset] of committed) offsets.push('app', 'orders', partition, offset, -1, '', false)
  const group: GroupReading = {
    kind: 'classic',
    state: 'Empty',
    coordinator: 1,
    protocolType: 'consumer',
    subscribed: new Set(),
    pendingGuards: false,
    from: 0,
    to: offsets.length,
    absent: [],
    unreadable: [],
    member: null,
  }
  const log = new Map(committed.map(([partition]) => [partition, { start, end }]))
  const topics = new Map([['orders', { reading: { id, deleted: false, log }, leaders: new Map() }]])
  const rows: bigint[] = []
  const now = { groups: new Map([['app', group]]), offsets, topics }
  const found = unreadOffsets(now, CommitTable.from(before), (_topic, _first, row) => {
    rows.push(row.offset)
    return false
  })
  return { topics: [...unreadTopics(now)], rows, asked: found.flatMap(({ offsets }) => [...offsets]) }
}

test.each<[string, bigint, bigint[]]>([
  ['a group with records to read is asked about', 50n, [50n]],
  ['a group below the log start continues there', 5n, [start]],
  ['a group at the end of the log', end, []],
  ['a group beyond the log end', 500n, []],
  ['a negative offset', -5n, []],
  ['at most ten records, which may be markers', 90n, []],
])('%s', (_, offset, firsts) => {
  expect(unread([[0, offset]]).asked).toEqual(firsts)
})

const before = [0, 1, 2].map(partition => commitOf({ ...orders, partition, offset: BigInt(30 + partition) }))

test.each<[string, [number, bigint][], readonly Commit[], bigint[]]>([
  [
    'in the same order',
    [
      [0, 50n],
      [1, 50n],
      [2, 50n],
    ],
    before,
    [30n, 31n, 32n],
  ],
  [
    'in another order',
    [
      [2, 50n],
      [0, 50n],
      [1, 50n],
    ],
    before,
    [32n, 30n, 31n],
  ],
  [
    'with a new partition',
    [
      [0, 50n],
      [3, 50n],
      [2, 50n],
    ],
    before,
    [30n, 32n],
  ],
  ['of a recreated topic', [[0, 50n]], before.map(row => ({ ...row, topicId: 'other' })), []],
  [
    'of an offset that was gone',
    [[0, 50n]],
    before.map(row => ({ ...row, gone: { reason: 'unknown', earliest: 0, latest: 1 } })),
    [],
  ],
])('rows of the last snapshot, %s', (_, committed, rows, offsets) => {
  expect(unread(committed, rows).rows).toEqual(offsets)
})
