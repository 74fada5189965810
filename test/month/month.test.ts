import { expect, test } from '@jest/globals'
import { DAY, HOUR } from '../core/readings.ts'
import { liveThrough } from './month.ts'

test('in ten days of 125 groups, a team gets at most one message a week and one mention, and each loss is posted', async () => {
  const { perTeamAndWeek, mentions, losses, shortLived } = await liveThrough({
    groups: 125,
    teams: 10,
    length: 10 * DAY,
    seed: 16,
  })
  expect(shortLived).toBeGreaterThan(30)
  expect(perTeamAndWeek.filter(({ messages }) => messages.length > 1)).toEqual([])
  expect(Math.max(...mentions.values())).toBe(1)
  for (const { at, postedAt } of losses) expect((postedAt ?? Infinity) - at).toBeLessThanOrEqual(HOUR)
})
