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

describe('what is wrong with __consumer_offsets', () => {
  test.each<[string, OffsetsTopic, OffsetsTopic | null, Commit[], string[]]>([
    ['nothing', healthy, healthy, [at('a', 5)], []],
    ['nothing, at first sight', healthy, null, [at('a', 5)], []],
    ['nothing that is known', { ...healthy, cleanupPolicy: null }, healthy, [at('a', 5)], []],
    ['a log start that lies below all records, as long ago', startingAt(5), startingAt(5), [at('a', 5)], []],
    [
      'cleanup.policy, before it has cost anything',
      { ...healthy, cleanupPolicy: 'delete' },
      healthy,
      [at('a', 5)],
      ['cleanup.policy=delete', 'so far no group that is known.'],
    ],
    [
      'cleanup.policy, with the groups that it costs their offsets',
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
      ['at the start of partitions 0, 1, 2, 3 of __consumer_offsets', 'group "a".'],
    ],
    [
      'a log start that moved some time ago, while its group has not committed',
      startingAt(6),
      startingAt(6),
      [at('a', 5)],
      ['Records at the start of __consumer_offsets', 'group "a".'],
    ],
    [
      'a log start that has moved, where the places of the records are not known',
      startingAt(6),
      healthy,
      [at('a', null), commitOf({ group: 'b' })],
      ['at most 2 groups: "a", "b", unless they have committed since.'],
    ],
    [
      'many groups are cut to a few names and their number',
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
      ['were raised from 4 to 8', `group "${moving}".`],
    ],
    [
      'another topic of the same name',
      { ...healthy, id: 'b' },
      healthy,
      [at('a', 5)],
      ['it was deleted and created anew'],
    ],
  ])('%s', (_, now, before, commits, expected) => {
    const problems = offsetsTopicProblems(now, before, CommitTable.from(commits))
    expect(problems).toHaveLength(expected.length === 0 ? 0 : 1)
    for (const { code, scope, message } of problems) {
      expect({ code, scope }).toEqual({ code: 'offsets-topic', scope: { topic: '__consumer_offsets' } })
      for (const part of expected) expect(message).toContain(part)
    }
  })

  test('each has a sentence of its own', () => {
    const all = { ...startingAt(6), partitions: 8, cleanupPolicy: 'delete' }
    expect(offsetsTopicProblems(all, healthy, CommitTable.from([at('a', 5)]))).toHaveLength(2)
  })
})

describe('brokers are taken to have restarted', () => {
  const lost = { reason: 'offsets-topic', earliest: takenAt, latest: takenAt } as const
  test.each<[string, Commit[], string[], number]>([
    ['not where nothing shows it', [at(moving, 5)], [], 4],
    [
      'where a group whose place moves was lost',
      [at(moving, 5, { gone: lost, runningFrom: takenAt })],
      [],
      8,
    ],
    ['where one commits in its new place', [commitOf({ group: moving })], [moving], 8],
    ['not where one is left in its old place', [at(other, 5), commitOf({ group: moving })], [moving], 4],
    ['not where one went for another reason', [at(moving, 5, { gone, runningFrom: takenAt })], [], 4],
    ['not where one was lost in an earlier run', [at(moving, 5, { gone: lost, runningFrom: 0 })], [], 4],
  ])('%s', (_, commits, placedAnew, expected) => {
    const table = CommitTable.from(commits)
    expect(afterRestart(raised, table, takenAt, group => placedAnew.includes(group)).placedOver).toBe(
      expected,
    )
  })
})
