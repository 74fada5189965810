import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { policy } from '../builders/commits.ts'
import {
  aReading,
  classic,
  clockSkew,
  DAY,
  dead,
  emptyClassic,
  HOUR,
  monday,
  sevenDays,
  simple,
  TAKES,
} from '../core/readings.ts'
import { aStore } from './parts.ts'

let store: Awaited<ReturnType<typeof aStore>>
beforeEach(async () => {
  store = await aStore()
})
afterEach(() => store.remove())

const stored = async () => [...(await store.newest()).commits]
const app = simple({ 'orders-0': 5n })

describe('the settings', () => {
  const withMetadata = simple({ 'orders-0': { offset: 5n, metadata: 'host-1' } })

  test('may name the groups to watch', async () => {
    await store.take(aReading(monday, { app, b: app }))
    await store.take(aReading(monday + HOUR, { app }), { groups: ['app'] })
    expect((await stored()).map(({ group }) => group)).toEqual(['app'])
  })

  test('may exclude metadata, by pattern', async () => {
    const withoutMetadata = { policy: { ...policy, withoutMetadata: ['a*'] } }
    await store.take(aReading(monday, { app: withMetadata, b: withMetadata }), withoutMetadata)
    expect((await stored()).map(({ metadata }) => metadata)).toEqual([null, 'host-1'])
  })

  test('may exclude members, by pattern, even those that were stored before', async () => {
    const member = { clientId: 'billing-3', host: '10.1.2.3' }
    const running = classic({ 'orders-0': 5n }, { member })
    const lastMembers = async () => (await stored()).map(({ lastMember }) => lastMember)
    const seen = { ...member, seenAt: monday + TAKES }
    await store.take(aReading(monday, { app: running, b: running }))
    expect(await lastMembers()).toEqual([seen, seen])

    const withoutMembers = { policy: { ...policy, withoutMembers: ['a*'] } }
    const stopped = emptyClassic({ 'orders-0': 5n })
    await store.take(aReading(monday + HOUR, { app: running, b: stopped }), withoutMembers)
    expect(await lastMembers()).toEqual([null, seen])
    // Neither group can be read in this run.
    await store.take(aReading(monday + 2 * HOUR, {}), withoutMembers)
    expect(await lastMembers()).toEqual([null, seen])
  })

  test('may ignore a group; its gone rows then stay for a day instead of 90', async () => {
    const ignoring = { policy: { ...policy, ignore: [{ pattern: 'b', reason: 'a test', until: undefined }] } }
    const later = (time: number, groups: Parameters<typeof aReading>[1]) =>
      store.take(aReading(monday + time, groups), ignoring)
    await later(0, { app, b: app })
    await later(HOUR, { app: dead('simple', 'orders-0'), b: dead('simple', 'orders-0') })

    await later(DAY, {})
    expect((await stored()).map(({ group }) => group)).toEqual(['app', 'b'])
    await later(2 * DAY, {})
    expect((await stored()).map(({ group }) => group)).toEqual(['app'])
    await later(92 * DAY, {})
    expect(await stored()).toEqual([])
  })
})

describe('the retention of a broker', () => {
  const fourteenDays = { ...sevenDays, retention: 14 * DAY }
  const assumed = { ...sevenDays, source: 'default' as const }
  const retentionAfter = async (...readings: Parameters<typeof store.take>[0][]) => {
    let head = { retention: [sevenDays] }
    for (const reading of readings) head = await store.take(reading)
    return head.retention
  }

  test('is the last known value while the current one is only assumed', async () => {
    const readings = [
      aReading(monday, { app }, { brokers: [fourteenDays] }),
      aReading(monday + HOUR, { app }, { brokers: [assumed] }),
    ]
    expect(await retentionAfter(...readings)).toEqual([fourteenDays])
    expect((await stored())[0]?.deadline?.latest).toBe(monday + HOUR + TAKES + clockSkew + 14 * DAY)
  })

  test('is the value that the broker reports or the settings name', async () => {
    const bySettings = { ...assumed, retention: DAY, source: 'settings' as const }
    const readings = [
      aReading(monday, { app }, { brokers: [fourteenDays] }),
      aReading(monday + HOUR, { app }, { brokers: [bySettings] }),
    ]
    expect(await retentionAfter(...readings)).toEqual([bySettings])
  })

  test('is kept while the broker is away, if it coordinates a group', async () => {
    const away = { ...sevenDays, broker: 2 }
    const readings = [
      aReading(
        monday,
        { app: simple({ 'orders-0': 5n }, { coordinator: 2 }) },
        { brokers: [sevenDays, away] },
      ),
      aReading(monday + HOUR, {}, { brokers: [sevenDays] }),
    ]
    expect(await retentionAfter(...readings)).toEqual([sevenDays, away])
  })

  test('is forgotten while the broker is away, if it coordinates no group', async () => {
    const readings = [
      aReading(monday, { app }, { brokers: [sevenDays, { ...sevenDays, broker: 2 }] }),
      aReading(monday + HOUR, { app }, { brokers: [sevenDays] }),
    ]
    expect(await retentionAfter(...readings)).toEqual([sevenDays])
  })
})
