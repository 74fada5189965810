import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Commit, PreviousCommit } from '../../functions/core/model/commit.ts'
import type { HistoryEvent } from '../../functions/core/recovery/group-history.ts'
import { type LookBack, lookBack } from '../../functions/jobs/look-back.ts'
import { commitOf, snapshotOf, takenAt as start } from '../builders/snapshots.ts'
import { storeOf, type TestStore } from '../cli/store.ts'

const quarter = 15 * 60_000
const takenAt = (i: number) => start + i * quarter
/** When the reading of snapshot i ended. */
const seen = (i: number) => takenAt(i) + 1000
let store: TestStore

/** The row of snapshot i, unchanged since snapshot `since`. */
const row = (i: number, since: number, values: Partial<Commit>): Commit =>
  commitOf({
    group: 'orders',
    firstSeenAt: seen(0),
    valueSeenAt: seen(since),
    seenFrom: takenAt(i),
    seenAt: seen(i),
    ...values,
  })

const goneAt = (i: number) => ({
  ...row(i, 0, { partition: 1, offset: 7n, seenAt: seen(49) }),
  gone: { reason: 'expired', earliest: takenAt(49), latest: seen(50) } as const,
})
const before: PreviousCommit = {
  offset: 7n,
  topicId: null,
  leaderEpoch: null,
  metadata: null,
  seenAt: seen(49),
  reason: 'expired',
  lostBy: seen(80),
  resetTo: 2n,
  foundInState: 'Stable',
}

beforeAll(async () => {
  // A hundred snapshots. Partition 0 moves in snapshot 20. Partition 1 is lost in 50, and committed again in 80.
  const snapshots = Array.from({ length: 100 }, (_, i) => {
    const commits = [
      i < 20 ? row(i, 0, { offset: 5n }) : row(i, 20, { offset: 9n }),
      i < 50 ? row(i, 0, { partition: 1, offset: 7n }) : goneAt(i),
      commitOf({ group: 'busy', offset: BigInt(i), valueSeenAt: seen(i), seenAt: seen(i) }),
    ]
    if (i >= 80) commits[1] = row(i, 80, { partition: 1, offset: 2n, previousCommit: before })
    return snapshotOf(commits, { takenAt: takenAt(i), finishedAt: seen(i) })
  })
  store = await storeOf(...snapshots)
})
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
})

const history = (options: Partial<LookBack> = {}) =>
  lookBack({
    cluster: 'prod',
    group: 'orders',
    topic: undefined,
    until: Infinity,
    since: 0,
    every: 0,
    snapshots: store.snapshots,
    ...options,
  })

const shortly = ({ kind, partition, by }: HistoryEvent) => [kind, partition, by]

describe('a group’s history', () => {
  test('has every change, oldest first, and reads few snapshots', async () => {
    const { events, readings, complete } = await history()
    expect(events).toEqual([
      expect.objectContaining({ kind: 'first-seen', partition: 0, offset: 5n, after: null, by: seen(0) }),
      expect.objectContaining({ kind: 'first-seen', partition: 1, offset: 7n, after: null, by: seen(0) }),
      {
        topic: 'team.orders',
        partition: 0,
        kind: 'moved',
        from: 5n,
        offset: 9n,
        after: seen(19),
        by: seen(20),
      },
      {
        topic: 'team.orders',
        partition: 1,
        kind: 'gone',
        offset: 7n,
        reason: 'expired',
        after: takenAt(49),
        by: seen(50),
      },
      {
        topic: 'team.orders',
        partition: 1,
        kind: 'reset',
        from: 7n,
        offset: 2n,
        reason: 'expired',
        after: seen(49),
        by: seen(80),
      },
    ])
    expect(complete).toBe(true)
    expect(readings.length).toBeLessThan(40)
  })

  test('ends at the given time', async () => {
    const { events } = await history({ until: takenAt(60) })
    expect(events.map(shortly).slice(2)).toEqual([
      ['moved', 0, seen(20)],
      ['gone', 1, seen(50)],
    ])
  })

  test('begins at the given time', async () => {
    const { events, complete } = await history({ since: takenAt(40) })
    expect(events.map(shortly)).toEqual([
      ['gone', 1, seen(50)],
      ['reset', 1, seen(80)],
    ])
    expect(complete).toBe(true)
  })

  test('covers one topic if asked', async () => {
    expect(await history({ topic: 'team.rates' })).toMatchObject({ events: [], complete: true })
  })

  test('stops if an earlier cluster had the name, and names that cluster', async () => {
    const heads = ['old', 'old', 'new', 'new'].map((clusterId, i) => ({
      clusterId,
      takenAt: takenAt(i),
      finishedAt: seen(i),
    }))
    const snapshots = heads.map((head, i) => snapshotOf([row(i, i, { offset: BigInt(i) })], head))
    await using replaced = await storeOf(...snapshots)
    const { events, readings, predecessor } = await history({ snapshots: replaced.snapshots })
    expect(events.map(shortly)).toEqual([
      ['first-seen', 0, seen(0)],
      ['moved', 0, seen(3)],
    ])
    expect(readings.map(({ clusterId }) => clusterId)).toEqual(['new', 'new'])
    expect(predecessor).toBe('old')
  })

  test('has no time after its reading, and the exact commit time if it is known', async () => {
    const minute = 60_000
    const [earlier, later] = [0, 1].map(i => ({ takenAt: takenAt(i), finishedAt: seen(i) }))
    const exactly = (time: number) => ({ earliest: time, latest: time })
    const lost = {
      reason: 'unknown',
      earliest: takenAt(0) - minute,
      latest: seen(1) + minute,
    } as const
    await using exact = await storeOf(
      snapshotOf([row(0, 0, { offset: 5n }), row(0, 0, { partition: 1 })], earlier),
      snapshotOf(
        [
          row(1, 1, { offset: 9n, committed: exactly(seen(1) - 9 * minute) }),
          row(0, 0, { partition: 1, gone: lost }),
        ],
        later,
      ),
    )
    const { events, readings } = await history({ snapshots: exact.snapshots })
    expect(readings).toHaveLength(2)
    expect(events.slice(2).map(({ kind, after, by }) => [kind, after, by])).toEqual([
      ['moved', seen(0), seen(1) - 9 * minute],
      ['gone', takenAt(0) - minute, seen(1)],
    ])
  })

  test('covers two weeks by default, and says whether there is more', async () => {
    const day = 24 * 60 * 60_000
    const first = start - 20 * day
    const times = [0, 1, 10, 15, 16].map(days => first + days * day)
    const taken = times.map((time, i) =>
      snapshotOf(
        [
          row(0, 0, {
            offset: BigInt(i),
            valueSeenAt: time,
            seenAt: time,
            committed: { earliest: null, latest: time },
          }),
        ],
        {
          takenAt: time,
          finishedAt: time,
        },
      ),
    )
    await using long = await storeOf(...taken)
    const asked = { snapshots: long.snapshots, since: undefined }
    const { events, complete } = await history(asked)
    expect({ complete, moves: events.map(({ by }) => (by - first) / day) }).toEqual({
      complete: false,
      moves: [10, 15, 16],
    })
    expect((await history({ ...asked, since: 0 })).complete).toBe(true)
    expect((await history({ ...asked, until: first + 12 * day })).complete).toBe(true)
  })
})
