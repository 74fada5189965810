import { describe, expect, test } from '@jest/globals'
import { openMetrics } from '../../../functions/cli/views/openmetrics.ts'
import { clusterByDefaults } from '../../../functions/config/settings.ts'
import { emptyAlertState } from '../../../functions/core/alerts/alert-state.ts'
import type { MetricsSettings } from '../../../functions/core/model/settings.ts'
import type { Snapshot } from '../../../functions/core/snapshot.ts'
import { readOverview } from '../../../functions/jobs/overview.ts'
import { unreadOf } from '../../builders/commits.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { sample } from '../sample.ts'

const now = takenAt + 180_000
const own: MetricsSettings = { groups: '*', partitions: false, names: 'own' }

async function metricsOf(snapshot: Snapshot, settings = own): Promise<string> {
  const cluster = clusterByDefaults('prod')
  const routes = [{ pattern: 'spedisjon-*', channel: undefined, mention: undefined, owner: 'team-spedisjon' }]
  const overview = await readOverview({
    cluster: { ...cluster, policy: { ...cluster.policy, routes } },
    snapshots: { newest: async () => snapshot },
    alerts: { read: async () => ({ state: emptyAlertState('prod'), version: '1' }) },
    now,
    interval: 900_000,
  })
  return openMetrics([{ cluster: 'prod', overview }], settings, now)
}

const series = (text: string, name: string) => text.split('\n').filter(line => line.startsWith(`${name}{`))

test('metrics have the age of the snapshot, and whether it is complete', async () => {
  const text = await metricsOf(sample(now, { complete: false }))
  expect(series(text, 'offset_watchdog_snapshot_age_seconds')).toEqual([
    'offset_watchdog_snapshot_age_seconds{cluster="prod"} 180',
  ])
  expect(series(text, 'offset_watchdog_snapshot_complete')[0]).toMatch(/ 0$/)
  expect(text).toMatch(/# EOF\n$/)
})

test('a group has its owner, its open losses and its nearest deadlines', async () => {
  const text = await metricsOf(sample(now))
  const labels = '{cluster="prod",group="spedisjon-v1",owner="team-spedisjon"}'
  expect(text).toContain(`offset_watchdog_group_deadline_seconds${labels} 7200\n`)
  expect(text).toContain(`offset_watchdog_group_open_losses${labels} 0\n`)
  expect(series(text, 'offset_watchdog_group_open_losses').join('\n')).toMatch(/group="audit".* [1-9]/)
})

test('a cluster without a snapshot hides no other cluster', async () => {
  const text = await openMetrics([{ cluster: 'new', overview: undefined }], own, now)
  expect(text).toContain('offset_watchdog_up{cluster="new"} 0\n')
})

describe('number of series:', () => {
  const many = snapshotOf(
    Array.from({ length: 40 }, (_, i) => {
      const unread = unreadOf(0, { retention: 1000, earliest: now, latest: now })
      return commitOf({ group: `group-${Math.floor(i / 4)}`, partition: i % 4, unread })
    }),
  )
  const count = (text: string) => text.split('\n').filter(line => /^\w+\{/.test(line)).length

  test.each<[string, Partial<MetricsSettings>, number]>([
    ['by default 8 for each cluster and 5 for each group', {}, 8 + 10 * 5],
    ['only for the chosen groups', { groups: 'group-1*' }, 8 + 5],
    ['with partitions, 5 more for each partition', { partitions: true }, 8 + 10 * 5 + 40 * 5],
    [
      'as many with the names of kafka-lag-exporter',
      { partitions: true, names: 'kafka-lag-exporter' },
      8 + 10 * 5 + 40 * 5,
    ],
  ])('%s', async (_, settings, expected) => {
    expect(count(await metricsOf(many, { ...own, ...settings }))).toBe(expected)
  })
})

test.each([
  ['a quote, a line break and a backslash', 'a"b\nc\\d', 'group="a\\"b\\nc\\\\d"'],
  ['the text of another label', 'x",owner="root', 'group="x\\",owner=\\"root"'],
])('a group id with %s stays one label', async (_, group, label) => {
  const text = await metricsOf(snapshotOf([commitOf({ group })]))
  expect(series(text, 'offset_watchdog_group_open_losses')).toEqual([
    `offset_watchdog_group_open_losses{cluster="prod",${label},owner=""} 0`,
  ])
})
