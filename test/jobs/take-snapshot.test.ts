import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { emptyAlertState } from '../../functions/core/alerts/alert-state.ts'
import type { Problem } from '../../functions/core/model/commit.ts'
import type { PreviousSnapshot } from '../../functions/core/reading.ts'
import { takeSnapshot } from '../../functions/jobs/take-snapshot.ts'
import {
  aReading,
  clockSkew,
  DAY,
  dead,
  HOUR,
  MINUTE,
  monday,
  sevenDays,
  simple,
  TAKES,
} from '../core/readings.ts'
import { aStore, cluster } from './parts.ts'

let store: Awaited<ReturnType<typeof aStore>>
beforeEach(async () => {
  store = await aStore()
})
afterEach(() => store.remove())

const stored = async () => [...(await store.newest()).commits]
const app = simple({ 'orders-0': 5n })

describe('a snapshot', () => {
  test('contains the reading, and is stored', async () => {
    const reading = aReading(monday, { app, b: simple({ 'orders-0': 1n, 'orders-1': 2n }) })
    const head = await store.take(reading)

    expect(head).toMatchObject({
      cluster: 'prod',
      clusterId: 'cluster-a',
      takenAt: monday,
      finishedAt: monday + TAKES,
      mode: 'observed',
      complete: true,
      counts: { groups: 2, commits: 3, gone: 0 },
      problems: [],
      retention: [sevenDays],
      clockSkew,
    })
    expect((await store.newest()).head).toEqual(head)
    expect((await stored()).map(({ group, partition, offset }) => [group, partition, offset])).toEqual([
      ['app', 0, 5n],
      ['b', 0, 1n],
      ['b', 1, 2n],
    ])
  })

  test('of an empty cluster is stored, too', async () => {
    await store.take(aReading(monday, {}))
    expect(await stored()).toEqual([])
  })

  test('continues the newest one', async () => {
    await store.take(aReading(monday, { app }))
    await store.take(aReading(monday + HOUR, { app: simple({ 'orders-0': 6n }) }))
    expect(await stored()).toMatchObject([{ offset: 6n, evidence: 'observed', firstSeenAt: monday + TAKES }])
  })

  test('asks Kafka for the groups of the newest one', async () => {
    const asked: string[][] = []
    const read = async (base: () => Promise<PreviousSnapshot>) => {
      asked.push([...(await base()).commits].map(({ group }) => group))
      return aReading(monday + asked.length * HOUR, { app })
    }
    const kafka = { clusterId: 'cluster-a', read }
    const { snapshots, alerts, restores } = store
    const parts = { cluster, kafka, snapshots, alerts, restores }
    const job = { ...parts, clockSkew, now: () => monday, toolVersion: '0.0.0' }
    await takeSnapshot(job)
    await takeSnapshot(job)
    expect(asked).toEqual([[], ['app']])
  })

  test('is complete even if the records of restores cannot be read, and reports that', async () => {
    const reading = aReading(monday, { app })
    const head = await takeSnapshot({
      cluster,
      kafka: { clusterId: 'cluster-a', read: async () => reading },
      snapshots: store.snapshots,
      alerts: store.alerts,
      restores: { plannedSince: () => Promise.reject(new Error('access denied.')) },
      clockSkew,
      now: () => monday,
      toolVersion: '0.0.0',
    })
    expect(head).toMatchObject({
      complete: true,
      problems: [
        { code: 'unknown', message: expect.stringMatching(/^The records of restores .* access denied\.$/) },
      ],
    })
  })

  test('keeps earlier rows that could not be read, and names the problem', async () => {
    const problem: Problem = {
      scope: { broker: 1 },
      code: 'unreachable',
      message: 'Broker 1 does not answer.',
    }
    await store.take(aReading(monday, { app }))
    const before = await stored()
    const head = await store.take({ ...aReading(monday + HOUR, {}), problems: [problem], complete: false })

    expect(head).toMatchObject({
      complete: false,
      problems: [problem],
      counts: { groups: 0, commits: 1, gone: 0 },
    })
    expect(await stored()).toEqual(before)
  })

  test('skips a newest one that does not verify, and reports it', async () => {
    await store.take(aReading(monday, { app }))
    await store.take(aReading(monday + HOUR, { app: simple({ 'orders-0': 6n }) }))
    await store.damage(monday + HOUR)

    const head = await store.take(aReading(monday + 2 * HOUR, { app: simple({ 'orders-0': 7n }) }))
    expect(head.problems).toMatchObject([{ code: 'unverified-base' }])
    expect(await stored()).toMatchObject([{ offset: 7n, committed: { earliest: monday - clockSkew } }])
  })
})

describe('a wrong clock', () => {
  const refused = (snapshot: Promise<unknown>, ...says: string[]) =>
    expect(snapshot).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(says.map(each => each.replaceAll('.', '\\.')).join('.*')),
    })
  const times = async () =>
    (await Array.fromAsync(store.snapshots.heads('prod', 0, Infinity))).map(({ takenAt }) => takenAt - monday)
  const watched = (time: number) =>
    store.alerts.write('prod', { ...emptyAlertState('prod'), watched: monday + time }, undefined)

  test.each([
    ['at the same time as', 0],
    ['earlier than', -1],
  ])('a snapshot %s the newest is refused', async (_, before) => {
    await store.take(aReading(monday, { app }))
    await refused(
      store.take(aReading(monday + before, { app })),
      new Date(monday + before).toISOString(),
      '2026-11-23T08:00:00.000Z',
    )
    expect(await times()).toEqual([0])
  })

  test('a snapshot by a clock that was ahead is skipped, and the next ones continue from the one before', async () => {
    await store.take(aReading(monday, { app }))
    await store.take(aReading(monday + 30 * DAY, { app }))
    await watched(0)
    store.setClock(monday + HOUR)
    const { problems } = await store.take(aReading(monday + HOUR, { app: dead('simple', 'orders-0') }))
    expect(problems).toMatchObject([{ code: 'clock-skew' }])
    expect(await stored()).toMatchObject([{ gone: { reason: 'unknown' } }])
    expect(await times()).toEqual([0, HOUR, 30 * DAY])
  })

  test.each<[string, number | null, string]>([
    ['the newest usable snapshot is older than the last one watched', HOUR, 'none after 2026-11-23T08:00'],
    ['no snapshot is usable', null, 'no usable one'],
  ])('a slow clock stops the run if %s', async (_, watchedAt, left) => {
    await store.take(aReading(monday, { app }))
    await store.take(aReading(monday + HOUR, { app }))
    if (watchedAt !== null) await watched(watchedAt)
    const now = watchedAt === null ? monday - DAY : monday + MINUTE
    store.setClock(now)
    const reading = aReading(now, { app })
    await refused(store.take(reading), new Date(now).toISOString(), '2026-11-23T09:00:00.000Z', left)
    expect(await times()).toEqual([0, HOUR])
  })

  test('a snapshot that does not verify stops no run, even if it was watched', async () => {
    await store.take(aReading(monday, { app }))
    await store.take(aReading(monday + HOUR, { app }))
    await watched(HOUR)
    await store.damage(monday + HOUR)
    await store.take(aReading(monday + 2 * HOUR, { app }))
    expect(await times()).toEqual([0, HOUR, 2 * HOUR])
  })
})

describe('another cluster under the same name', () => {
  const another = { ...aReading(monday + HOUR, {}), clusterId: 'cluster-b' }

  test('is refused before anything is read or stored', async () => {
    await store.take(aReading(monday, { app }))
    await expect(store.take(another)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('or accept the new cluster by `snapshot`'),
      inputs: ['accept-cluster=cluster-b'],
    })
    expect((await store.newest()).head.takenAt).toBe(monday)
  })

  test('starts over if it is accepted, by its own id only', async () => {
    await store.take(aReading(monday, { app }))
    await expect(store.take(another, {}, 'cluster-c')).rejects.toMatchObject({ exitCode: 3 })
    await store.take(another, {}, 'cluster-b')
    expect(await stored()).toEqual([])
  })
})
