import { describe, expect, test } from '@jest/globals'
import type {
  CurrentGroup,
  CurrentPartition,
  OffsetAndMetadata,
} from '../../../functions/core/recovery/current-group.ts'
import {
  type BelowStart,
  holds,
  type PartitionSelection,
  planRestore,
  type Verdict,
  type Wanted,
} from '../../../functions/core/recovery/restore-plan.ts'

const at = (offset: bigint): OffsetAndMetadata => ({ offset, leaderEpoch: 3, metadata: 'note' })
const gone = { status: 'gone', lost: 50n } as const
const byDefault: PartitionSelection = { topic: undefined, partitions: undefined, all: false }
const all: PartitionSelection = { ...byDefault, all: true }

const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  topic: 'orders',
  partition: 0,
  offset: 50n,
  leaderEpoch: 3,
  metadata: 'note',
  topicId: 'id',
  known: gone,
  restored: null,
  ...more,
})

const partition = (more: Partial<CurrentPartition> = {}): CurrentPartition => ({
  topic: 'orders',
  partition: 0,
  presence: 'there',
  topicId: 'id',
  committed: 'none',
  log: { start: 10n, end: 100n },
  ...more,
})

const group = (partitions: CurrentPartition[], state = 'Empty'): CurrentGroup => ({
  kind: 'simple',
  state,
  partitions,
})

interface Case {
  wanted?: Partial<Wanted>
  now?: Partial<CurrentPartition>
  state?: string
  selection?: PartitionSelection
  belowStart?: BelowStart
}

function rowOf({ selection = byDefault, belowStart = 'refuse', ...of }: Case) {
  const now = group([partition(of.now)], of.state)
  return planRestore('g', [wanted(of.wanted)], now, { selection, belowStart }).rows[0]
}

describe('a verdict', () => {
  test.each<[string, Verdict, Case]>([
    ['an offset that is gone', 'restore', {}],
    ['a group that no longer exists', 'restore', { state: 'Dead' }],
    ['the very start of the log', 'restore', { wanted: { offset: 10n } }],
    ['the very end of the log', 'restore', { wanted: { offset: 100n } }],
    ['an offset that is there already', 'already-there', { selection: all, now: { committed: at(50n) } }],
    [
      'an offset that is there already, in a group with members',
      'already-there',
      { selection: all, state: 'Stable', now: { committed: at(50n) } },
    ],
    ['a deleted topic', 'topic-deleted', { now: { presence: 'topic-deleted', topicId: null, log: null } }],
    [
      'a partition that does not exist',
      'no-such-partition',
      { now: { presence: 'no-such-partition', log: null } },
    ],
    ['another topic of that name', 'topic-recreated', { now: { topicId: 'another' } }],
    ['a topic whose id is unknown', 'restore', { wanted: { topicId: null }, now: { topicId: 'another' } }],
    ['a broker that does not report topic ids', 'restore', { now: { topicId: null } }],
    ['an offset that Kafka does not report', 'not-known', { now: { committed: 'not-known' } }],
    ['a log that Kafka does not report', 'not-known', { now: { log: null } }],
    ['−5', 'negative', { wanted: { offset: -5n } }],
    [
      '−5, if the log start is allowed instead',
      'negative',
      { wanted: { offset: -5n }, belowStart: 'earliest' },
    ],
    ['2⁶⁰', 'beyond-log-end', { wanted: { offset: 2n ** 60n } }],
    ['an offset one beyond the log end', 'beyond-log-end', { wanted: { offset: 101n } }],
    ['deleted records', 'below-log-start', { wanted: { offset: 9n } }],
    ['deleted records that are left out', 'left-out', { wanted: { offset: 9n }, belowStart: 'skip' }],
    [
      'deleted records, if the group may begin at the log start',
      'restore-at-log-start',
      { wanted: { offset: 9n }, belowStart: 'earliest' },
    ],
    ['a group with members', 'members', { state: 'Stable' }],
    ['a group whose state cannot be seen', 'members', { state: 'Unknown' }],
    ['an open transaction', 'open-transaction', { selection: all, now: { committed: 'pending' } }],
  ])('on %s: %s', (_, verdict, of) => {
    expect(rowOf(of)?.verdict).toBe(verdict)
  })
})

describe('the default selection of partitions', () => {
  const reset = (resetTo: bigint) => ({ status: 'reset', lost: 50n, resetTo }) as const

  test.each<[string, Verdict | undefined, Case]>([
    ['gone since the snapshot', 'restore', { wanted: { known: { status: 'committed' } } }],
    ['still there', undefined, { wanted: { known: { status: 'committed' } }, now: { committed: at(60n) } }],
    ['reset backwards', 'restore', { wanted: { known: reset(10n) }, now: { committed: at(12n) } }],
    ['reset forwards', 'restore', { wanted: { known: reset(90n) }, now: { committed: at(95n) } }],
    ['gone, and committed lower since', 'restore', { now: { committed: at(12n) } }],
    ['gone, and committed higher since', 'committed-since', { now: { committed: at(60n) } }],
    [
      'reset backwards, and caught up',
      'committed-since',
      { wanted: { known: reset(10n) }, now: { committed: at(60n) } },
    ],
  ])('%s: %s', (_, verdict, of) => {
    expect(rowOf(of)?.verdict).toBe(verdict)
  })
})

describe('an offset that was restored to 50 before', () => {
  const restored = { at: 1, offset: 50n }
  const known = { status: 'reset', lost: 50n, resetTo: 90n } as const
  const goneOn = { wanted: { known, restored }, now: { committed: at(60n) } }
  const stayed = { wanted: { known, restored, offset: 30n }, now: { committed: at(50n) } }

  test.each<[string, Verdict, Case]>([
    ['has moved on', 'committed-since', goneOn],
    ['has moved on, and is selected', 'committed-since', { ...goneOn, selection: all }],
    [
      'has moved on, and is to be set back',
      'restore',
      { ...goneOn, selection: { ...byDefault, again: true } },
    ],
    [
      'has moved on, and is selected to be set back',
      'restore',
      { ...goneOn, selection: { ...all, again: true } },
    ],
    ['is still there, but is to be restored to another offset', 'restore', { ...stayed, selection: all }],
    ['is gone again', 'restore', { wanted: { restored }, selection: all }],
    ['has moved on, in a group with members', 'members', { ...goneOn, selection: all, state: 'Stable' }],
  ])('%s: %s', (_, verdict, of) => {
    expect(rowOf(of)?.verdict).toBe(verdict)
  })
})

test('further partitions are selected by topic, by number or all at once, and the rest is counted', () => {
  const names = ['orders', 'rates'].flatMap(topic => [0, 1].map(partition => ({ topic, partition })))
  const known = { status: 'committed' } as const
  const now = group(names.map(name => partition({ ...name, committed: at(60n) })))
  const chosen = (selection: Partial<PartitionSelection>) => {
    const options = { selection: { ...byDefault, ...selection }, belowStart: 'refuse' } as const
    const { rows, others } = planRestore(
      'g',
      names.map(name => wanted({ ...name, known })),
      now,
      options,
    )
    return [...rows.map(({ topic, partition }) => `${topic} ${partition}`), others]
  }

  expect(chosen({})).toEqual([4])
  expect(chosen({ topic: 'rates' })).toEqual(['rates 0', 'rates 1', 2])
  expect(chosen({ partitions: [1] })).toEqual(['orders 1', 'rates 1', 2])
  expect(chosen({ topic: 'rates', partitions: [0, 7] })).toEqual(['rates 0', 3])
  expect(chosen({ all: true })).toEqual(['orders 0', 'orders 1', 'rates 0', 'rates 1', 0])
})

describe('the contents of a row', () => {
  test('include the number of records that are read again, skipped, or follow', () => {
    expect(rowOf({})).toMatchObject({ currentOffset: null, target: 50n, difference: null, following: 50n })
    expect(rowOf({ selection: all, now: { committed: at(70n) } })).toMatchObject({
      currentOffset: 70n,
      difference: -20n,
    })
    expect(rowOf({ selection: all, now: { committed: at(20n) } })).toMatchObject({
      currentOffset: 20n,
      difference: 30n,
    })
  })

  test('include no epoch and no metadata at the log start, since these belong to the offset', () => {
    expect(rowOf({})).toMatchObject({ leaderEpoch: 3, metadata: 'note', withoutMetadata: false })
    const moved = rowOf({ wanted: { offset: 9n }, belowStart: 'earliest' })
    expect(moved).toMatchObject({ target: 10n, leaderEpoch: null, metadata: '' })
    expect(rowOf({ wanted: { metadata: null } })).toMatchObject({ metadata: '', withoutMetadata: true })
  })
})

describe('a row of the plan', () => {
  test.each<[string, boolean, Case]>([
    ['holds while nothing changes', true, {}],
    ['holds while the log grows', true, { now: { log: { start: 40n, end: 200n } } }],
    ['no longer holds after a commit', false, { now: { committed: at(50n) } }],
    ['no longer holds once members join', false, { state: 'PreparingRebalance' }],
    ['no longer holds once the topic is recreated', false, { now: { topicId: 'another' } }],
    ['no longer holds once its records are deleted', false, { now: { log: { start: 60n, end: 100n } } }],
  ])('%s', (_, is, { now, state }) => {
    const [row, found] = [rowOf({}), partition(now)]
    expect(row && holds(row, found, group([found], state), 'refuse')).toBe(is)
  })

  test('no longer holds once the topic is recreated, even if only the offset was known', () => {
    const row = rowOf({ wanted: { topicId: null } })
    const found = partition({ topicId: 'another' })
    expect(row && holds(row, found, group([found]), 'refuse')).toBe(false)
  })

  test.each<[string, OffsetAndMetadata, boolean]>([
    ['the same commit', at(70n), true],
    ['another offset', at(71n), false],
    ['the same offset with another epoch', { ...at(70n), leaderEpoch: 4 }, false],
    ['the same offset with other metadata', { ...at(70n), metadata: '' }, false],
  ])('holds only for the same current commit: %s', (_, committed, is) => {
    const row = rowOf({ selection: all, now: { committed: at(70n) } })
    const found = partition({ committed })
    expect(row && holds(row, found, group([found]), 'refuse')).toBe(is)
  })
})
