import fc from 'fast-check'
import { compareKeys } from '../../../functions/core/columns/key-order.ts'
import type { Bounds, Commit } from '../../../functions/core/model/commit.ts'

/** Text that other people choose: Kafka allows all of it in group ids and metadata. */
export const hostile = {
  'no text': '',
  'a path upwards': '../../x',
  'a path from the root': '/etc/passwd',
  'a backslash': 'a\\b',
  quotes: `it's "quoted" \`here\``,
  'control characters': 'two\nlines\r\tand\0nul',
  'scripts and emoji': 'группа 👩‍🚀 🇳🇴',
  'a byte order mark': '\uFEFFbegins with one',
  'what UTF-16 and UTF-8 sort differently': '𐀀 and \uFFFD',
  '32 KB': 'm'.repeat(32 * 1024),
}
export const hostileTexts = Object.values(hostile)

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom(...hostileTexts))
const time = fc.integer({ min: 0, max: 8_000_000_000_000 })
const offset = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })
const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
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
  offset: position,
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
  outsideCommits: orNull(fc.record({ first: time, last: time })),
  pendingSince: orNull(bounds),
  runningFrom: orNull(time),
  renewedAt: orNull(time),
  logged: orNull(
    fc.record({ offset, at: time, expiresAt: orNull(time), logOffset: orNull(fc.maxSafeNat()) }),
  ),
  loggedEmptySince: orNull(time),
  gone: orNull(
    fc.record({
      reason: fc.constantFrom('expired', 'deleted', 'topic-deleted', 'negative', 'unknown'),
      earliest: time,
      latest: time,
    }),
  ),
  previousCommit: orNull(
    fc.record({
      offset: position,
      topicId: orNull(text),
      leaderEpoch: orNull(int32),
      metadata: orNull(text),
      seenAt: time,
      lostBy: time,
      reason: fc.constantFrom('expired', 'moved-back'),
      resetTo: offset,
      foundInState: orNull(text),
    }),
  ),
  unread: orNull(
    fc.record({
      atMost: position,
      evidence: fc.constantFrom('bounded', 'never', 'size', 'few', 'unknown'),
      retention: orNull(fc.maxSafeNat()),
      retentionSetBy: orNull(fc.constantFrom('topic', 'broker')),
      earliest: orNull(time),
      latest: orNull(time),
      readTo: orNull(time),
      notGrown: fc.nat(100),
    }),
  ),
  lostRecords: orNull(fc.record({ atMost: position, upTo: position, lastAt: time })),
  lastMember: orNull(fc.record({ clientId: fc.string(), host: fc.string(), seenAt: time })),
})

/** Any commits that a snapshot can hold: one row for each key, sorted. */
export const commits: fc.Arbitrary<Commit[]> = fc
  .uniqueArray(commit, { comparator: (a, b) => compareKeys(a, b) === 0, maxLength: 12 })
  .map(list => list.toSorted(compareKeys))
