import { describe, expect, test } from '@jest/globals'
import { impactOf } from '../../../functions/core/impact.ts'
import { type Recovery, recoveryOf } from '../../../functions/core/recovery/recovery.ts'

/** A partition that lost `offset`, with a log from `logStart` to `logEnd`. */
const lost = (offset: bigint, logStart: bigint | null, logEnd: bigint | null) => ({
  topic: 'orders',
  partition: 0,
  impact: impactOf(offset, { logStart, logEnd }),
})

describe('the recovery that fits', () => {
  test.each<[string, ReturnType<typeof lost>[], Recovery['fits'], Recovery['why']]>([
    ['records before and after the offset', [lost(50n, 0n, 100n)], 'restore', 'in-the-log'],
    [
      'a group that has read all records, which are still in the log',
      [lost(100n, 0n, 100n)],
      'restore',
      'in-the-log',
    ],
    [
      'a group that has read none of the records in the log',
      [lost(10n, 10n, 100n)],
      'earliest',
      'nothing-twice',
    ],
    ['an empty log', [lost(10n, 10n, 10n)], 'earliest', 'nothing-twice'],
    ['unread records that are all deleted', [lost(5n, 10n, 100n)], 'earliest', 'nothing-twice'],
    [
      'deleted records in one partition only',
      [lost(5n, 10n, 100n), lost(50n, 0n, 100n)],
      'restore',
      'partly-deleted',
    ],
    ['a log that was not read', [lost(5n, 10n, 100n), lost(50n, null, null)], 'restore', 'log-not-read'],
    [
      'an offset beyond its log',
      [lost(50n, 0n, 100n), lost(101n, 0n, 100n), lost(1n, null, null)],
      'none',
      'beyond-log-end',
    ],
  ])('for %s', (_, positions, fits, why) => {
    expect(recoveryOf(positions)).toMatchObject({ fits, why })
  })

  test.each<[string, ReturnType<typeof lost>[], Recovery['alsoFits']]>([
    ['unread records', [lost(50n, 0n, 100n)], ['seek']],
    [
      'a group that has read all records, which are still in the log',
      [lost(100n, 0n, 100n)],
      ['seek', 'latest'],
    ],
    [
      'a group that has read all records of one partition only',
      [lost(100n, 0n, 100n), lost(50n, 0n, 100n)],
      ['seek'],
    ],
    ['an empty log', [lost(10n, 10n, 10n)], ['latest']],
    ['unread records that are all deleted', [lost(5n, 10n, 100n)], []],
    ['a log that was not read', [lost(50n, null, null)], ['seek']],
    ['an offset beyond its log', [lost(101n, 0n, 100n)], []],
  ])('has alternatives for %s', (_, positions, alsoFits) => {
    expect(recoveryOf(positions)?.alsoFits).toEqual(alsoFits)
  })

  test('does not exist for a group that has lost nothing', () => {
    expect(recoveryOf([])).toBeNull()
  })
})

test('the cost of each recovery is counted by partition', () => {
  const positions = [lost(50n, 0n, 120n), lost(5n, 10n, 100n), lost(7n, 7n, 7n), lost(1n, null, null)]
  expect(recoveryOf(positions)?.costs).toMatchObject([
    { twice: 50n, skipped: 70n, deleted: 0n },
    { twice: 0n, skipped: 90n, deleted: 5n },
    { twice: 0n, skipped: 0n, deleted: 0n },
    { twice: null, skipped: null, deleted: 0n },
  ])
})
