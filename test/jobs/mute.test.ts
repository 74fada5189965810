import { expect, test } from '@jest/globals'
import { mute } from '../../functions/jobs/mute.ts'
import { now } from '../builders/commits.ts'
import { HOUR } from '../core/readings.ts'
import { aStore, kari } from './parts.ts'

test('muting a pattern again replaces its silence, and keeps its start and what the digests left out', async () => {
  const { alerts, remove } = await aStore()
  const actions = { record: async () => {} }
  const muteFrom = (from: number, until: number, pattern = 'app*') =>
    mute({ alerts, actions }, 'prod', { pattern, from, until, reason: 'migration' }, kari)
  await muteFrom(now, now + 5 * HOUR)
  const leftOut = [{ group: 'app', case: 'topic-deleted' }]
  const stored = await alerts.read('prod')
  if (stored === undefined) throw new Error('the mute saved no state')
  const withNews = { ...stored.state, silences: stored.state.silences.map(each => ({ ...each, leftOut })) }
  await alerts.write('prod', withNews, stored.version)
  await muteFrom(now, now + 5 * HOUR, 'other')
  await muteFrom(now + HOUR, now + HOUR + 1)
  const { silences } = (await alerts.read('prod'))?.state ?? { silences: [] }
  expect(
    silences.map(({ pattern, from, until, leftOut }) => [pattern, from - now, until - now, leftOut]),
  ).toEqual([
    ['other', 0, 5 * HOUR, []],
    ['app*', 0, HOUR + 1, leftOut],
  ])
  await remove()
})
