import { expect, test } from '@jest/globals'
import { DAY, HOUR } from '../core/readings.ts'
import { liveThrough } from './month.ts'

test('ten days of 125 groups in ten teams: a message a team a week at most, a mention a team, each loss posted', async () => {
  const { perTeamAndWeek, mentions, losses, shortLived } = await liveThrough({
    groups: 125,
    teams: 10,
    length: 10 * DAY,
    seed: 16,
  })
  expect(shortLived).toBeGreaterThan(30)
  expect(perTeamAndWeek.filter(({ messages }) => messages.length > 1)).toEqual([])
  expect(Math.max(...mentions.values())).toBe(1)
  for (const { at, toldAt } of losses) expect((toldAt ?? Infinity) - at).toBeLessThanOrEqual(HOUR)
}, 300_000)
