import { expect, test } from '@jest/globals'
import { DAY, HOUR } from '../core/readings.ts'
import { liveThrough } from './month.ts'

test('ten days of 125 groups in ten teams: a message a team a week at most but for its tests, a mention a team, each loss told', async () => {
  const { perTeamAndWeek, mentions, losses, shortLived } = await liveThrough({
    groups: 125,
    teams: 10,
    length: 10 * DAY,
    seed: 16,
  })
  expect(shortLived).toBeGreaterThan(30)
  // A team that runs tests here has too few of them in ten days for a suggested rule, and may see one message more.
  const most = ({ messages }: (typeof perTeamAndWeek)[number]) =>
    messages.some(text => text.includes('.it-')) ? 2 : 1
  expect(perTeamAndWeek.filter(week => week.messages.length > most(week))).toEqual([])
  expect(Math.max(...mentions.values())).toBe(1)
  for (const { at, toldAt } of losses) expect((toldAt ?? Infinity) - at).toBeLessThanOrEqual(HOUR)
}, 300_000)
