import { describe, expect, test } from '@jest/globals'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { groupPartition } from '../../functions/core/group-partition.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { afterRestart, type OffsetsTopic, offsetsTopicProblems } from '../../functions/core/offsets-topic.ts'
import { commitOf, takenAt } from '../builders/snapshots.ts'

const logs = [0, 1, 2, 3].map(partition => ({ partition, start: 0, leaderEpoch: 1 }))
const healthy: OffsetsTopic = {
  id: 'a',
  partitions: 4,
  placedOver: 4,
  cleanupPolicy: 'compact',
  replicas: 3,
  logs,
}
const startingAt = (start: number): OffsetsTopic => ({
  ...healthy,
  logs: logs.map(log => ({ ...log, start })),
})

/** A group whose record stands at this position; null if unknown. */
const at = (group: string, position: number | null, more: Partial<Commit> = {}) =>
  commitOf({ group, logged: { offset: 42n, at: takenAt, expiresAt: null, logOffset: position }, ...more })
const gone = { reason: 'expired', earliest: takenAt, latest: takenAt } as const
const names = Array.from({ length: 30 }, (_, i) => `g${i}`)
const isMoving = (group: string) => groupPartition(group, 4) !== groupPartition(group, 8)
const [moving = '', other = ''] = names.filter(isMoving)
const staying = names.find(group => !isMoving(group)) ?? ''
const raised: OffsetsTopic = { ...healthy, partitions: 8 }

describe('problems of __consumer_offsets', () => {
  test.each<[string, OffsetsTopic, OffsetsTopic | null, Commit[], string[]]>([
    ['nothing', healthy, healthy, [at('a', 5)], []],
    ['nothing, in the first snapshot', healthy, null, [at('a', 5)], []],
    ['an unknown cleanup.policy', { ...healthy, cleanupPolicy: null }, healthy, [at('a', 5)], []],
    ['a log start below all records that has not moved', startingAt(5), startingAt(5), [at('a', 5)], []],
    [
      'a wrong cleanup.policy that has cost no offset so far',
      { ...healthy, cleanupPolicy: 'delete' },
      healthy,
      [at('a', 5)],
      ['cleanup.policy=delete', 'no known group is affected yet.'],
    ],
    [
      'a wrong cleanup.policy, with the groups that lose offsets',
      { ...startingAt(6), cleanupPolicy: 'compact,delete' },
      healthy,
      [at('a', 5), at('b', 6), at('c', 5, { gone }), at('d', 0)],
      ['cleanup.policy=compact,delete', '2 groups: "a", "d".'],
    ],
    [
      'a log start that has moved',
      startingAt(6),
      healthy,
      [at('a', 5)],
      [
        'at the start of partitions 0, 1, 2, 3 of __consumer_offsets',
        'The next restart of the coordinator loses the offsets of group "a".',
      ],
    ],
    [
      'a log start that moved earlier, while its group has not committed since',
      startingAt(6),
      startingAt(6),
      [at('a', 5)],
      ['Records at the start of __consumer_offsets', 'group "a".'],
    ],
    [
      'a log start that has moved, if the positions of the records are unknown',
      startingAt(6),
      healthy,
      [at('a', null), commitOf({ group: 'b' })],
      ['at most 2 groups: "a", "b", unless they have committed since then.'],
    ],
    [
      'many groups, cut to a few names and their number',
      startingAt(6),
      healthy,
      names.slice(0, 9).map(name => at(name, 5)),
      ['9 groups: "g0", "g1", "g2" and 6 more.'],
    ],
    [
      'a raised number of partitions',
      raised,
      healthy,
      [at(moving, 5), at(staying, 5), at(other, 5, { gone })],
      ['was raised from 4 to 8', `group "${moving}".`],
    ],
    [
      'another topic of the same name',
      { ...healthy, id: 'b' },
      healthy,
      [at('a', 5)],
      ['was deleted and recreated since the last snapshot'],
    ],
  ])('%s', (_, now, before, commits, expected) => {
    const problems = offsetsTopicProblems(now, before, CommitTable.from(commits))
    expect(problems).toHaveLength(expected.length === 0 ? 0 : 1)
    for (const { code, scope, message } of problems) {
      expect({ code, scope }).toEqual({ code: 'offsets-topic', scope: { topic: '__consumer_offsets' } })
      for (const part of expected) expect(message).toContain(part)
    }
  })

  test('two problems have two sentences', () => {
    const all = { ...startingAt(6), partitions: 8, cleanupPolicy: 'delete' }
    expect(offsetsTopicProblems(all, healthy, CommitTable.from([at('a', 5)]))).toHaveLength(2)
  })
})

describe('the conclusion that brokers have restarted', () => {
  const lost = { reason: 'offsets-topic', earliest: takenAt, latest: takenAt } as const
  test.each<[string, Commit[], string[], number]>([
    ['is not drawn without evidence', [at(moving, 5)], [], 4],
    [
      'is drawn if a group whose partition changes was lost',
      [at(moving, 5, { gone: lost, runningFrom: takenAt })],
      [],
      8,
    ],
    ['is drawn if such a group commits in its new partition', [commitOf({ group: moving })], [moving], 8],
    [
      'is not drawn if such a group is left in its old partition',
      [at(other, 5), commitOf({ group: moving })],
      [moving],
      4,
    ],
    [
      'is not drawn if such a group went for another reason',
      [at(moving, 5, { gone, runningFrom: takenAt })],
      [],
      4,
    ],
    [
      'is not drawn if such a group was lost in an earlier run',
      [at(moving, 5, { gone: lost, runningFrom: 0 })],
      [],
      4,
    ],
  ])('%s', (_, commits, placedByRaised, expected) => {
    const table = CommitTable.from(commits)
    expect(afterRestart(raised, table, takenAt, group => placedByRaised.includes(group)).placedOver).toBe(
      expected,
    )
  })
})
