import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { compareKeys } from '../../functions/core/columns/key-order.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import type { Snapshot, SnapshotHead } from '../../functions/core/snapshot.ts'

/** 2026-11-22T14:00:00.123Z */
export const takenAt = Date.UTC(2026, 10, 22, 14, 0, 0, 123)

/** The commit from which all others are made: of a simple group, last committed within 15 minutes before `takenAt`. */
export const commitOf = (values: Partial<Commit> = {}): Commit => ({
  group: 'spedisjon-v1',
  topic: 'team.orders',
  partition: 0,
  topicId: 'b4d5c0de-1111-4222-8333-444455556666',
  kind: 'simple',
  state: 'Empty',
  coordinator: 1,
  offset: 42n,
  leaderEpoch: 3,
  metadata: '',
  logStart: 7n,
  logEnd: 99n,
  rule: 'simple',
  evidence: 'observed',
  clockStart: { earliest: takenAt - 900_000, latest: takenAt + 4_000 },
  expiresAt: null,
  deadline: { earliest: takenAt + 603_900_000, latest: takenAt + 604_804_000 },
  ifStopped: null,
  firstSeenAt: takenAt - 86_400_000,
  valueSeenAt: takenAt + 4_000,
  seenFrom: takenAt,
  seenAt: takenAt + 4_000,
  committed: { earliest: takenAt - 900_000, latest: takenAt + 4_000 },
  emptySince: null,
  outsideCommits: null,
  pendingSince: null,
  runningFrom: takenAt - 900_000,
  renewedAt: null,
  logged: null,
  loggedEmptySince: null,
  unread: null,
  lostRecords: null,
  lastMember: null,
  gone: null,
  previousCommit: null,
  ...values,
})

/** The head of an observed, complete snapshot at `takenAt`. */
export const headOf = (values: Partial<SnapshotHead> = {}): SnapshotHead => ({
  formatVersion: 1,
  toolVersion: '0.1.0',
  cluster: 'prod',
  clusterId: 'MkU3OEVBNTcwNTJENDM2Qg',
  takenAt,
  finishedAt: takenAt + 4_000,
  mode: 'observed',
  complete: true,
  counts: { groups: 1, commits: 1, gone: 0 },
  problems: [],
  neverCommitted: [],
  retention: [{ broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' }],
  log: { caughtUp: false, read: 1000, left: 20 },
  cursors: [
    {
      partition: 3,
      topicId: 'tE1vbKKzSNKf1Ea6dsOjzA',
      leaderEpoch: 2,
      from: 0,
      to: 980,
      unreadableTo: 0,
      coordinatorEpoch: 7,
    },
  ],
  offsetsTopic: {
    id: 'tE1vbKKzSNKf1Ea6dsOjzA',
    partitions: 50,
    placedOver: 50,
    cleanupPolicy: 'compact',
    replicas: 3,
    logs: [{ partition: 3, start: 0, leaderEpoch: 2 }],
  },
  clockSkew: 60_000,
  ...values,
})

/** The snapshot that has these commits. */
export function snapshotOf(commits: Commit[], head: Partial<SnapshotHead> = {}): Snapshot {
  const counts = {
    groups: new Set(commits.map(({ group }) => group)).size,
    commits: commits.filter(({ gone }) => !gone).length,
    gone: commits.filter(({ gone }) => gone).length,
  }
  return { head: headOf({ counts, ...head }), commits: CommitTable.from(commits.toSorted(compareKeys)) }
}

/** Many commits, sorted, of 20 partitions a group; offsets and times are as hard to compress as real ones. */
export function* manyCommits(count: number): Generator<Commit> {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.floor((seed / 2 ** 32) * below)
  }

  let [team, group, topic] = ['', '', '']
  for (let i = 0; i < count; i++) {
    if (i % 20 === 0) {
      team = `team-${Math.floor(i / 400) % 97}`
      group = `${String(i / 20).padStart(6, '0')}.${team}`
      topic = `${team}.orders`
    }
    const committedAt = takenAt - random(7 * 86_400_000)
    const committed = { earliest: committedAt, latest: committedAt + 900_000 }
    const offset = BigInt(random(1e9))
    yield commitOf({
      group,
      topic,
      partition: i % 20,
      offset,
      logStart: offset - BigInt(random(1e6)),
      logEnd: offset + BigInt(random(100)),
      committed,
      clockStart: committed,
      deadline: { earliest: committedAt + 604_800_000, latest: committedAt + 605_700_000 },
      valueSeenAt: committed.latest,
    })
  }
}
