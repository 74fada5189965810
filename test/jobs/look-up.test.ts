import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Commit, PreviousCommit } from '../../functions/core/model/commit.ts'
import { lookUp } from '../../functions/jobs/look-up.ts'
import { parquetKey } from '../../functions/store/keys.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { type SnapshotStore, snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../builders/snapshots.ts'

const hour = 3_600_000
const day = 24 * hour
const gone = { reason: 'unknown', earliest: takenAt - hour, latest: takenAt } as const
const before: PreviousCommit = {
  offset: 500n,
  topicId: null,
  leaderEpoch: 9,
  metadata: 'before',
  seenAt: takenAt - 2 * hour,
  reason: 'unknown',
  lostBy: takenAt - hour,
  resetTo: 0n,
  foundInState: 'Stable',
}

let folder = ''
let snapshots: SnapshotStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'look-up-'))
  snapshots = snapshotStore(openStore(folder))
  const write = (cluster: string, time: number, commits: Commit[]) =>
    snapshots.write(snapshotOf(commits, { cluster, takenAt: time, finishedAt: time + 1000 }))

  await write('prod', takenAt - day, [commitOf({ group: 'moving', offset: 1n })])
  await write('prod', takenAt, [
    commitOf({ group: 'moving', offset: 2n }),
    commitOf({ group: 'moving', topic: 'team.rates', offset: 3n }),
    commitOf({ group: 'gone', offset: 4n, gone }),
    commitOf({ group: 'orphan', offset: 6n, gone: { ...gone, reason: 'topic-deleted' } }),
    commitOf({ group: 'reset', offset: 7n, previousCommit: before }),
    commitOf({ group: 'went-on', offset: 900n, previousCommit: { ...before, resetTo: 800n } }),
    commitOf({ group: 'caught-up', offset: 900n, previousCommit: before }),
    commitOf({ group: 'recovered', offset: 510n, previousCommit: { ...before, resetTo: 500n } }),
    commitOf({ group: 'long-ago', offset: 7n, previousCommit: { ...before, lostBy: takenAt - 8 * day } }),
    commitOf({ group: 'rewound', offset: 7n, previousCommit: { ...before, reason: 'moved-back' } }),
    commitOf({ group: 'both', offset: 8n }),
    commitOf({ group: 'bidi-\u202egnp.exe', offset: 8n }),
  ])
  for (const time of [takenAt - day, takenAt]) await write('damaged', time, [commitOf({ group: 'moving' })])
  await writeFile(join(folder, parquetKey('damaged', takenAt - day)), 'PAR1')
  await rm(join(folder, parquetKey('damaged', takenAt)))
  await write('test', takenAt, [commitOf({ group: 'both', offset: 9n })])
  for (const [clusterId, time] of [
    ['old', takenAt - day],
    ['new', takenAt],
  ] as const) {
    const commits = [commitOf({ group: 'moving', offset: BigInt(clusterId.length) })]
    await snapshots.write(
      snapshotOf(commits, { cluster: 'replaced', clusterId, takenAt: time, finishedAt: time }),
    )
  }
})
afterAll(() => rm(folder, { recursive: true }))

const find = (group: string, options: { clusters?: string[]; topic?: string; at?: number } = {}) =>
  lookUp({ clusters: ['prod'], group, topic: undefined, at: undefined, snapshots, ...options })

describe('the last known offset', () => {
  test.each<[string, string, string, bigint]>([
    ['is the committed one', 'moving', 'committed', 2n],
    ['of a lost offset is the last one seen', 'gone', 'gone', 4n],
    ['of a reset is the one before the reset', 'reset', 'reset', 500n],
    ['of a jump forwards is the one before the jump', 'went-on', 'reset', 500n],
    ['of a group that has caught up is the committed one', 'caught-up', 'committed', 900n],
    ['of a recovered offset is the committed one', 'recovered', 'committed', 510n],
    ['of an old reset is the committed one', 'long-ago', 'committed', 7n],
    ['of a move back by hand is the committed one', 'rewound', 'committed', 7n],
  ])('%s', async (_, group, status, offset) => {
    const { offsets } = await find(group)
    expect(offsets[0]).toMatchObject({ status, offset })
  })

  test('has its own epoch, metadata, time and impact', async () => {
    const { offsets, kind, state } = await find('reset')
    expect({ kind, state }).toEqual({ kind: 'simple', state: 'Empty' })
    expect(offsets[0]).toMatchObject({
      leaderEpoch: 9,
      metadata: 'before',
      seenAt: before.seenAt,
      reason: 'unknown',
      impact: { kind: 'beyond-log-end', by: 401n },
    })
  })

  test('at a given time is from the newest snapshot until then', async () => {
    const { offsets, head } = await find('moving', { at: takenAt - 1 })
    expect(head.takenAt).toBe(takenAt - day)
    expect(offsets.map(({ offset }) => offset)).toEqual([1n])
  })

  test('of a deleted topic has an unknown impact', async () => {
    expect((await find('orphan')).offsets[0]).toMatchObject({
      status: 'gone',
      offset: 6n,
      reason: 'topic-deleted',
      impact: { kind: 'unknown' },
    })
  })

  test('names the cluster that has the name now, if it is another one', async () => {
    const clusters = ['replaced']
    expect(await find('moving', { clusters, at: takenAt - 1 })).toMatchObject({
      head: { clusterId: 'old' },
      replacedBy: 'new',
    })
    expect(await find('moving', { clusters })).toMatchObject({ replacedBy: null })
    expect(await find('moving', { at: takenAt - 1 })).toMatchObject({ replacedBy: null })
  })

  test('can be limited to one topic', async () => {
    expect((await find('moving', { topic: 'team.rates' })).offsets.map(({ offset }) => offset)).toEqual([3n])
  })

  test('comes from the cluster that has the group', async () => {
    expect((await find('moving', { clusters: ['test', 'prod'] })).head.cluster).toBe('prod')
  })
})

test.each<[string, string, Parameters<typeof find>[1], string]>([
  [
    'an unknown group',
    'movign',
    {},
    'cluster "prod" has no offsets of a group "movign": did you mean "moving"?',
  ],
  [
    'an unknown group without a similar name',
    'zzz',
    {},
    'cluster "prod" has no offsets of a group "zzz": `status` lists the known groups.',
  ],
  [
    'an unknown group with unprintable characters',
    'bidi-\\u{202e}gnp.exe',
    {},
    String.raw`did you mean "$(printf 'bidi-\342\200\256gnp.exe')"?`,
  ],
  [
    'an unknown topic',
    'moving',
    { topic: 'x' },
    'group "moving" has no offset of topic "x", only of "team.orders", "team.rates".',
  ],
  [
    'a group in two clusters',
    'both',
    { clusters: ['prod', 'test'] },
    'group "both" is in the clusters prod and test: choose one.',
  ],
  [
    'a mistyped group of the second cluster',
    'movin',
    { clusters: ['test', 'prod'] },
    'cluster "test" has no offsets of a group "movin": `status` lists the known groups. cluster "prod" has no offsets of a group "movin": did you mean "moving"?',
  ],
  [
    'an unknown group beside a cluster without a usable snapshot',
    'x',
    { clusters: ['prod', 'damaged'] },
    '`status` lists the known groups. cluster "damaged" has no usable snapshot: the snapshot',
  ],
  [
    'a time before the group was first seen',
    'gone',
    { at: takenAt - 1 },
    'cluster "prod" had no offsets of group "gone" at that time, by its snapshot of 2026-11-21T14:00:00.123Z: choose a later time.',
  ],
  [
    'a time before the first snapshot',
    'moving',
    { at: takenAt - 2 * day },
    'cluster "prod" has no snapshot from that time: the first one is of 2026-11-21T14:00:00.123Z. Choose a later time.',
  ],
  [
    'a cluster without a usable snapshot',
    'moving',
    { clusters: ['damaged'] },
    'cluster "damaged" has no usable snapshot: the snapshot of cluster "damaged" taken at 2026-11-22T14:00:00.123Z is skipped: its Parquet file is missing (and 1 more). Take one with `snapshot`, and find out what happened to the earlier ones.',
  ],
  [
    'a time without a usable snapshot',
    'moving',
    { clusters: ['damaged'], at: takenAt - 1 },
    'cluster "damaged" has no usable snapshot: the snapshot of cluster "damaged" taken at 2026-11-21T14:00:00.123Z is skipped: its Parquet file has the wrong length. Choose a later time.',
  ],
  [
    'a cluster without snapshots',
    'moving',
    { clusters: ['none'] },
    'cluster "none" has no snapshot yet: take one with `snapshot`, or check WATCHDOG_STORE.',
  ],
])('%s is reported in one sentence for each cluster', async (_, group, options, message) => {
  await expect(find(group, options)).rejects.toThrow(message)
})
