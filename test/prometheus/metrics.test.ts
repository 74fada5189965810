import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { metricsOf } from '../../functions/cli/commands/metrics.ts'
import { type Health, serveHealth } from '../../functions/cli/terminal/health.ts'
import { readSettings } from '../../functions/config/settings.ts'
import { freePorts } from '../brokers/ports.ts'
import { until } from '../brokers/until.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { run } from '../cli/run.ts'
import { storeOf, type TestStore } from '../cli/store.ts'
import { describeWithDebian } from '../debian/describe.ts'
import { type PrometheusServer, promtool, startPrometheus } from './prometheus.ts'

const infra = (file: string) => fileURLToPath(new URL(`../../infra/prometheus/${file}`, import.meta.url))
const HOUR = 3_600_000

const board = v.object({
  panels: v.array(v.object({ title: v.string(), targets: v.array(v.object({ expr: v.string() })) })),
})

describeWithDebian('a real Prometheus', () => {
  let store: TestStore
  let health: Health
  let prometheus: PrometheusServer
  let port = 0

  beforeAll(async () => {
    const now = Date.now()
    const takenAt = now - HOUR
    const deadline = (left: number) => ({ earliest: now + left, latest: now + left + HOUR })
    const group = { group: 'spedisjon-v1', topic: 'team.orders', logEnd: 2000n, deadline: deadline(3 * HOUR) }
    store = await storeOf(
      snapshotOf(
        [
          commitOf({ ...group, partition: 0, offset: 1234n }),
          commitOf({ ...group, partition: 1, offset: 42n, deadline: deadline(30 * HOUR) }),
          commitOf({ group: 'safe', deadline: null, clockStart: null }),
          commitOf({ group: 'console-consumer-7', deadline: deadline(HOUR) }),
        ],
        { takenAt, finishedAt: takenAt + 4000 },
      ),
    )
    const settings = readSettings(
      { ...store.settings, WATCHDOG_METRICS_PARTITIONS: 'all', WATCHDOG_METRICS_NAMES: 'kafka-lag-exporter' },
      () => '',
    )
    ;[port = 0] = await freePorts(1)
    const metrics = metricsOf(
      settings.metrics,
      settings.clusters.map(cluster => ({ cluster, settings })),
    )
    health = await serveHealth({ port, clusters: ['prod'], interval: HOUR, metrics })
    prometheus = await startPrometheus(port, infra('rules.yml'))
    await until(async () => (await prometheus.query('offset_watchdog_up')).length > 0)
  })
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]()
    await health?.[Symbol.asyncDispose]()
    await store?.[Symbol.asyncDispose]()
  })

  test('answers the query with which people estimate lost offsets, from our metrics', async () => {
    const found = await prometheus.query(
      'max(kafka_consumergroup_group_offset{group="spedisjon-v1"}) by (topic, partition)',
    )
    expect(found.map(({ metric, value }) => [metric, value[1]])).toEqual([
      [{ topic: 'team.orders', partition: '0' }, '1234'],
      [{ topic: 'team.orders', partition: '1' }, '42'],
    ])
  })

  test('lets `lookup --prometheus` estimate the same offsets', async () => {
    const { code, stdout } = await run(['lookup', 'spedisjon-v1', '--prometheus', prometheus.url, '--csv'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'team.orders,0,1234\nteam.orders,1,42\n' })
  })

  test('has the nearest deadline of each group, except of ignored groups', async () => {
    const found = await prometheus.query('offset_watchdog_group_deadline_seconds / 3600')
    expect(found.map(({ metric, value }) => [metric.group, Math.ceil(Number(value[1]))])).toEqual([
      ['spedisjon-v1', 3],
    ])
  })

  test.each(v.parse(board, JSON.parse(readFileSync(infra('board.json'), 'utf8'))).panels)(
    'understands the query of the board’s panel "$title"',
    async ({ targets }) => {
      for (const { expr } of targets) await prometheus.query(expr.replaceAll('$cluster', '.*'))
    },
  )

  test('fires for a stale snapshot and for a deadline, and stops when both are over', async () => {
    await until(async () => (await prometheus.firing()).length === 2)
    expect(await prometheus.firing()).toEqual(['OffsetWatchdogSnapshotStale', 'OffsetsExpireNow'])

    const takenAt = Date.now()
    const safe = commitOf({ group: 'spedisjon-v1', deadline: null, clockStart: null })
    await store.snapshots.write(snapshotOf([safe], { takenAt, finishedAt: takenAt }))
    await until(async () => (await prometheus.firing()).length === 0)
  })

  test('has rules without a finding by promtool', async () => {
    expect(await promtool('check', 'rules', '--lint=all', '--lint-fatal', infra('rules.yml'))).toContain(
      'SUCCESS',
    )
  })
})
