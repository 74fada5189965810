import fc from 'fast-check'
import { CommitTable, compareKeys } from '../../functions/core/commit-table.ts'
import type { Bounds, Commit } from '../../functions/core/model.ts'
import type { Snapshot, SnapshotHead } from '../../functions/core/snapshot.ts'

/** 2026-11-22T14:00:00.123Z */
export const takenAt = Date.UTC(2026, 10, 22, 14, 0, 0, 123)

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
  runningFrom: takenAt - 900_000,
  renewedAt: null,
  gone: null,
  before: null,
  ...values,
})

export function snapshotOf(commits: Commit[], head: Partial<SnapshotHead> = {}): Snapshot {
  return {
    head: {
      formatVersion: 1,
      toolVersion: '0.1.0',
      cluster: 'prod',
      clusterId: 'MkU3OEVBNTcwNTJENDM2Qg',
      takenAt,
      finishedAt: takenAt + 4_000,
      mode: 'observed',
      complete: true,
      counts: {
        groups: new Set(commits.map(({ group }) => group)).size,
        commits: commits.filter(({ gone }) => !gone).length,
        gone: commits.filter(({ gone }) => gone).length,
      },
      problems: [],
      retention: [{ broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' }],
      clockSkew: 60_000,
      ...head,
    },
    commits: CommitTable.of(commits.toSorted(compareKeys)),
  }
}

/** As many commits, sorted, of 20 partitions a group; offsets and times are as hard to compress as real ones. */
export function manyCommits(count: number): CommitTable {
  const table = CommitTable.empty(count)
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.floor((seed / 2 ** 32) * below)
  }

  for (let i = 0; i < count; i++) {
    const team = `team-${Math.floor(i / 400) % 97}`
    const committed = takenAt - random(7 * 86_400_000)
    const bounds = { earliest: committed, latest: committed + 900_000 }
    const offset = BigInt(random(1e9))
    table.push(
      commitOf({
        group: `${String(Math.floor(i / 20)).padStart(6, '0')}.${team}`,
        topic: `${team}.orders`,
        partition: i % 20,
        offset,
        logStart: offset - BigInt(random(1e6)),
        logEnd: offset + BigInt(random(100)),
        committed: bounds,
        clockStart: bounds,
        deadline: { earliest: committed + 604_800_000, latest: committed + 605_700_000 },
        valueSeenAt: bounds.latest,
      }),
    )
  }
  return table
}

/** Text that other people choose: Kafka allows all of it in the name of a group and in metadata. */
export const hostileTexts = [
  '',
  '../../x',
  '/etc/passwd',
  'a\\b',
  `it's "quoted" \`here\``,
  'two\nlines\r\tand\0nul',
  'группа 👩‍🚀 🇳🇴',
  '\uFEFFbegins with a byte order mark',
  '𐀀 sorts after \uFFFD in UTF-8',
  'm'.repeat(32 * 1024),
]

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom(...hostileTexts))
const time = fc.integer({ min: 0, max: 8_000_000_000_000 })
const offset = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })
const int32 = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
const bounds: fc.Arbitrary<Bounds> = fc.record({ earliest: orNull(time), latest: time })

const commit: fc.Arbitrary<Commit> = fc.record({
  group: text,
  topic: text,
  partition: int32,
  topicId: orNull(text),
  kind: fc.constantFrom('simple', 'classic', 'consumer', 'streams', 'share', 'unknown'),
  state: text,
  coordinator: int32,
  offset,
  leaderEpoch: orNull(int32),
  metadata: orNull(text),
  logStart: orNull(offset),
  logEnd: orNull(offset),
  rule: fc.constantFrom('simple', 'classic-empty', 'consumer-guarded', 'explicit', 'pending'),
  evidence: fc.constantFrom('exact', 'observed', 'unknown'),
  clockStart: orNull(bounds),
  expiresAt: orNull(time),
  deadline: orNull(bounds),
  ifStopped: orNull(bounds),
  firstSeenAt: time,
  valueSeenAt: time,
  seenFrom: time,
  seenAt: time,
  committed: bounds,
  emptySince: orNull(bounds),
  runningFrom: orNull(time),
  renewedAt: orNull(time),
  gone: orNull(
    fc.record({
      reason: fc.constantFrom('expired', 'deleted', 'topic-deleted', 'unknown'),
      earliest: time,
      latest: time,
    }),
  ),
  before: orNull(
    fc.record({
      offset,
      topicId: orNull(text),
      leaderEpoch: orNull(int32),
      metadata: orNull(text),
      seenAt: time,
      lostBy: time,
      reason: fc.constantFrom('expired', 'moved-back'),
      resetTo: offset,
    }),
  ),
})

/** Any commits that a snapshot can hold: one row a key, sorted. */
export const commits: fc.Arbitrary<Commit[]> = fc
  .uniqueArray(commit, { comparator: (a, b) => compareKeys(a, b) === 0, maxLength: 40 })
  .map(list => list.toSorted(compareKeys))
