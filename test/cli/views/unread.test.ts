import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import { lookupView } from '../../../functions/cli/views/lookup.ts'
import { statusView } from '../../../functions/cli/views/status.ts'
import { lostSentences, unreadSentences } from '../../../functions/cli/views/unread.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import { lookUp } from '../../../functions/jobs/look-up.ts'
import { unknownGroup } from '../../../functions/jobs/not-found.ts'
import type { SnapshotReader } from '../../../functions/jobs/ports.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { now, status } from '../../jobs/status-of-sample.ts'
import { day, hour } from '../sample.ts'

const unread = (changes: Partial<UnreadRecords> = {}): UnreadRecords => ({
  atMost: 2310n,
  evidence: 'bounded',
  retention: 7 * day,
  retentionSetBy: 'topic',
  earliest: now + 5 * hour,
  latest: now + 4 * day,
  readTo: now + 5 * hour - 7 * day,
  notGrown: 1,
  ...changes,
})
const payments = (changes: Partial<Commit> = {}) =>
  commitOf({ group: 'payments-v1', deadline: null, clockStart: null, unread: unread(), ...changes })
const unknown = { earliest: null, latest: null, retention: null }

const hasUnread = 'payments-v1 has at most 2,310 unread records of team.orders-0'
test.each<[string, Partial<UnreadRecords>, string[]]>([
  [
    'due within known bounds',
    {},
    [`${hasUnread}; Kafka begins to delete them between 5 h and 4 d from now (it deletes whole segments).`],
  ],
  [
    'due at any moment',
    { earliest: now - hour },
    [`${hasUnread}; Kafka begins to delete them between now and 4 d from now (it deletes whole segments).`],
  ],
  [
    'due after the first level',
    { earliest: now + 5 * day, latest: null },
    [`${hasUnread}; Kafka begins to delete them not before Fri 27 Nov 16:00.`],
  ],
  [
    'in a topic with retention by size',
    { ...unknown, evidence: 'size' },
    [`${hasUnread}; the time of their deletion is not known: retention.bytes may delete them at any time.`],
  ],
  [
    'in a topic whose settings may not be read',
    { ...unknown, evidence: 'not-authorized' },
    [
      `${hasUnread}; the time of their deletion is not known: the watchdog may not read the settings of the topic.`,
    ],
  ],
  ['in a topic without retention', { ...unknown, evidence: 'never' }, []],
  ['that may be transaction markers', { ...unknown, evidence: 'few', atMost: 1n }, []],
])('unread records %s', (_, changes, sentences) => {
  expect(unreadSentences([payments({ unread: unread(changes) })], now)).toEqual(sentences)
})

test('several partitions share a sentence, which names the one with the nearest deadline', () => {
  const later = payments({ partition: 1, unread: unread({ earliest: now + 9 * hour, atMost: 7n }) })
  expect(unreadSentences([later, payments()], now)).toEqual([
    'payments-v1 has at most 2,317 unread records of team.orders-0 and 1 other partition; Kafka deletes the first of them between 5 h and 4 d from now (it deletes whole segments).',
  ])
})

test('lost records are counted in total, with the time of the last deletion', () => {
  const lost = (atMost: bigint) => ({ atMost, upTo: 500n, lastAt: now - hour })
  const commits = [payments({ lostRecords: lost(3n) }), payments({ partition: 1, lostRecords: lost(40n) })]
  expect(lostSentences(commits, now)).toEqual([
    'payments-v1 has lost at most 43 records of team.orders-1 and 1 other partition: Kafka deleted them before the group read them, the last by Sun 22 Nov 15:00.',
  ])
})

const shown = (...commits: Commit[]) =>
  stripVTControlCharacters(statusView(status({}, snapshotOf(commits)), now, false))

test('status shows unread records only within the first level', () => {
  expect(shown(payments())).toContain(`\n\n${hasUnread}; Kafka begins`)
  expect(shown(payments({ unread: unread({ earliest: now + 4 * day }) }))).not.toContain('unread records')
  expect(shown(payments({ unread: null }))).not.toContain('unread records')
})

test('status scales its levels to a topic with a short retention', () => {
  const ofAnHour = (left: number) => payments({ unread: unread({ retention: hour, earliest: now + left }) })
  expect(shown(ofAnHour(hour / 3))).toContain('unread records')
  expect(shown(ofAnHour(hour * 0.6))).not.toContain('unread records')
})

test('status leaves out unread records of an ignored group', () => {
  expect(shown(payments({ group: 'console-1' }))).not.toContain('unread records')
})

const silent = { group: 'audit-v1', topic: 'team.orders', partitions: [0, 4], since: now - 3 * hour }
const hasNeverCommitted =
  'audit-v1 has never committed an offset of team.orders-0 and 1 other partition, which its members have owned since Sun 22 Nov 13:00 or longer: the next start follows auto.offset.reset.'

test('status and lookup name partitions that members own and have never committed', async () => {
  const snapshot = snapshotOf([commitOf({ group: 'audit-v1', topic: 'other' })], { neverCommitted: [silent] })
  expect(stripVTControlCharacters(statusView(status({}, snapshot), now, false))).toContain(hasNeverCommitted)
  const snapshots: SnapshotReader = {
    at: async () => snapshot,
    readGroup: async () => snapshot,
    heads: async function* () {},
  }
  const found = { clusters: ['prod'], group: 'audit-v1', at: undefined, snapshots }
  expect(lookupView(await lookUp({ ...found, topic: undefined }), null, now)).toContain(hasNeverCommitted)
  expect(lookupView(await lookUp({ ...found, topic: 'other' }), null, now)).not.toContain('never committed')
})

test('status says if a snapshot may have left out never-committed partitions', () => {
  const shownOf = (length: number) => {
    const entries = Array.from({ length }, (_, i) => ({ ...silent, group: `audit-v${i}` }))
    return statusView(status({}, snapshotOf([], { neverCommitted: entries })), now, false)
  }
  expect(shownOf(1000)).toContain('There may be more such partitions')
  expect(shownOf(999)).not.toContain('There may be more')
})

test('status leaves out never-committed partitions of an ignored group, and those of less than two intervals', () => {
  const shownOf = (changes: object) =>
    statusView(status({}, snapshotOf([], { neverCommitted: [{ ...silent, ...changes }] })), now, false)
  expect(shownOf({})).toContain('never committed')
  expect(shownOf({ group: 'console-1' })).not.toContain('never committed')
  expect(shownOf({ since: now - 2.2 * hour })).not.toContain('never committed')
})

test('an unknown group is explained if its members own partitions and have never committed', () => {
  const snapshot = snapshotOf([], { neverCommitted: [silent] })
  expect(unknownGroup('audit-v1', snapshot).message).toBe(
    'cluster "prod" has no offsets of group "audit-v1": its members own partitions of topic "team.orders" and have never committed. Check that the group commits its offsets.',
  )
  expect(() => status({ group: 'audit-*' }, snapshot)).not.toThrow()
})
