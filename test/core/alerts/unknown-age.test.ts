import { describe, expect, test } from '@jest/globals'
import type { BrokerRetention, Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, now, unknownAge } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE, sevenDays, TAKES } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'

/** Time left of a commit that is made half an hour after the first watch. */
const far = 7 * DAY + 30 * MINUTE

describe('the summary of groups of unknown age', () => {
  const summaryOf = (...steps: Commit[][]) => {
    const watcher = new Watcher()
    for (const commits of steps) watcher.see(0, commits)
    return watcher.state.unknownAge
  }

  test('does not exist if there never was such a group', () => {
    expect(summaryOf([aCommit(far)])).toBeNull()
  })

  test('counts groups, not partitions, and names ten of them', () => {
    const groups = Array.from({ length: 12 }, (_, i) => `g${String(i).padStart(2, '0')}`)
    const commits = groups.flatMap(group => [unknownAge({ group }), unknownAge({ group, partition: 1 })])
    expect(summaryOf(commits)).toMatchObject({ groups: 12, examples: groups.slice(0, 10) })
  })

  test('says when the last of them will have outlived its retention', () => {
    const [monday, tuesday] = [now - 2 * DAY, now - DAY]
    const commits = [
      unknownAge({ valueSeenAt: monday + TAKES, runningFrom: monday }),
      unknownAge({ partition: 1, valueSeenAt: tuesday + TAKES, runningFrom: tuesday }),
    ]
    expect(summaryOf(commits)?.knownFrom).toBe(tuesday + TAKES + 7 * DAY + 20 * MINUTE + MINUTE)
  })

  test.each<[BrokerRetention['source'], boolean]>([
    ['broker', false],
    ['settings', false],
    ['default', true],
  ])('does not say when if the retention is only assumed: source %s', (source, isRetentionAssumed) => {
    const watcher = new Watcher()
    watcher.see(0, [unknownAge()], { retention: [{ ...sevenDays, source }] })
    expect(watcher.state.unknownAge).toMatchObject({ groups: 1, isRetentionAssumed })
  })

  test('does not wait for an Empty group that keeps committing', () => {
    const emptySince = { earliest: null, latest: now }
    const committing = unknownAge({ emptySince, valueSeenAt: now - MINUTE, runningFrom: now - DAY })
    expect(summaryOf([committing])?.knownFrom).toBe(now - DAY + 7 * DAY + 20 * MINUTE + MINUTE)
  })

  test('is edited if a group takes the place of another', () => {
    const watcher = new Watcher()
    const told = ['a', 'b', 'b'].map((group, hour) =>
      shorts(watcher.tell(hour * HOUR, [unknownAge({ group })])),
    )
    expect(told).toEqual([['post 1 of unknown age'], ['edit 1 of unknown age'], []])
  })

  test('stays when all ages are known, and says so', () => {
    expect(summaryOf([unknownAge()], [aCommit(far)])).toMatchObject({ groups: 0, examples: [] })
  })
})
