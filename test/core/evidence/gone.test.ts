import { describe, expect, test } from '@jest/globals'
import type { BrokerRetention, GoneReason } from '../../../functions/core/model/commit.ts'
import type { LoggedCommit } from '../../../functions/core/reading.ts'
import {
  aReading,
  classic,
  consumer,
  DAY,
  dead,
  emptyClassic,
  emptyConsumer,
  HOUR,
  MINUTE,
  monday,
  rowAfter,
  SECOND,
  type SeenGroup,
  sevenDays,
  simple,
  streams,
  subscribedTo,
} from '../readings.ts'
import { at, committed, exactly, first, quiet, record, tombstone, withLog } from './logs.ts'

// Why an offset went, from its tombstone, the log and the readings before.

const retention = 7 * DAY
const sweep = 10 * MINUTE

describe('what has gone', () => {
  const absent = (time: number) => aReading(time, { app: dead('simple', 'orders-0') })
  const goneAfter = (tombstoneAt: number, log = {}) =>
    rowAfter([
      first,
      withLog(absent(monday + 9 * DAY), { app: { ...log, commits: { 'orders-0': tombstone(tombstoneAt) } } }),
    ]).gone

  test.each([
    ['before its deadline was deleted', at + retention - SECOND, {}, 'deleted'],
    ['with the next sweep has expired', at + retention + sweep, {}, 'expired'],
    ['long after its deadline was deleted', at + retention + DAY, {}, 'deleted'],
    [
      'long after it, where the coordinator moved, has expired',
      at + retention + DAY,
      { reloaded: true },
      'expired',
    ],
  ])('%s', (_, tombstoneAt, log, reason) => {
    expect(goneAfter(tombstoneAt, log)).toEqual({ reason, ...exactly(tombstoneAt) })
  })

  test.each<[BrokerRetention['source'], GoneReason]>([
    ['broker', 'deleted'],
    ['settings', 'deleted'],
    ['default', 'unknown'],
    ['unknown', 'unknown'],
  ])('before a deadline by the retention of source %s: %s', (source, reason) => {
    const brokers = [{ ...sevenDays, source }]
    const went = { app: { commits: { 'orders-0': tombstone(at + 2 * DAY) } } }
    const gone = aReading(monday + 3 * DAY, { app: dead('simple', 'orders-0') }, { brokers })
    expect(rowAfter([first, withLog(gone, went)]).gone).toEqual({ reason, ...exactly(at + 2 * DAY) })
  })

  test.each([
    ['one interval after its coordinator has loaded has expired', sweep, 'expired'],
    ['long after its coordinator has loaded was deleted', DAY, 'deleted'],
  ])('%s', (_, later, reason) => {
    const overdue = at + retention + HOUR
    const readings = [
      first,
      withLog(quiet(overdue - 30 * MINUTE), { app: {} }),
      withLog(quiet(overdue), { app: { reloaded: true } }),
      withLog(absent(overdue + 2 * DAY), { app: { commits: { 'orders-0': tombstone(overdue + later) } } }),
    ]
    expect(rowAfter(readings).gone?.reason).toBe(reason)
  })

  test('takes the last commit before the tombstone along, which no reading saw', () => {
    const [last, gone] = [record(8n, monday + HOUR, { metadata: 'm' }), monday + HOUR + retention + sweep]
    const commits = { 'orders-0': tombstone(gone, last) }
    expect(rowAfter([first, withLog(absent(monday + 9 * DAY), { app: { commits } })])).toMatchObject({
      offset: 8n,
      metadata: 'm',
      gone: { reason: 'expired', earliest: gone },
    })
  })

  test('where a negative offset was committed in its place, has gone by that', () => {
    const gone = monday + HOUR
    const commits = { 'orders-0': { ...tombstone(gone, record(8n, monday + MINUTE)), negative: true } }
    expect(rowAfter([first, withLog(absent(monday + DAY), { app: { commits } })])).toMatchObject({
      offset: 8n,
      gone: { reason: 'negative', ...exactly(gone) },
    })
  })

  test('where a negative offset shows in its place, has gone by that in observed mode, too', () => {
    const negative = aReading(monday + DAY, { app: simple({}, { absent: ['orders-0'], negative: true }) })
    expect(rowAfter([quiet(monday), negative])).toMatchObject({ offset: 5n, gone: { reason: 'negative' } })
  })

  test('where it was deleted before a negative offset came, was deleted', () => {
    const app = simple({}, { absent: ['orders-0'], negative: true })
    const commits = { 'orders-0': tombstone(monday + HOUR, record(5n, at)) }
    const row = rowAfter([first, withLog(aReading(monday + DAY, { app }), { app: { commits } })])
    expect(row.gone?.reason).toBe('deleted')
  })

  test('by a negative offset, and is committed again, is lost and reset', () => {
    const anew = { ...committed(record(0n, monday + HOUR), { tombstoneAt: monday + MINUTE }), negative: true }
    const reset = withLog(quiet(monday + DAY, 0n), { app: { commits: { 'orders-0': anew } } })
    expect(rowAfter([first, reset])).toMatchObject({
      offset: 0n,
      previousCommit: { offset: 5n, reason: 'negative' },
    })
  })

  test('without a tombstone has gone for a reason that is not known', () => {
    expect(rowAfter([first, withLog(absent(monday + 9 * DAY), { app: {} })]).gone?.reason).toBe('unknown')
  })

  test('of a KIP-848 group goes when its guard falls', () => {
    const running = aReading(monday, { app: consumer({ 'orders-0': 5n }, subscribedTo('orders')) })
    const commits = { 'orders-0': committed(record(5n, monday - 20 * DAY)) }
    const stopped = aReading(monday + DAY, { app: dead('consumer', 'orders-0') })
    const row = rowAfter([
      withLog(running, { app: { commits } }),
      withLog(stopped, { app: { commits: { 'orders-0': tombstone(monday + HOUR) } } }),
    ])
    expect(row.gone?.reason).toBe('expired')
  })
})

describe('what a guard kept beyond its deadline', () => {
  const old = { 'orders-0': committed(record(5n, monday - 20 * DAY)) }
  const expiresAt = monday - DAY
  const expired = { 'orders-0': committed(record(5n, monday - 2 * DAY, { expiresAt })) }
  const orders = subscribedTo('orders')

  const guarded: [string, SeenGroup, free: SeenGroup, Record<string, LoggedCommit>][] = [
    ['a KIP-848 member', consumer({ 'orders-0': 5n }, orders), emptyConsumer({ 'orders-0': 5n }), old],
    [
      'a streams member',
      streams({ 'orders-0': 5n }, orders),
      streams({ 'orders-0': 5n }, { state: 'Empty' }),
      old,
    ],
    [
      'a classic member, its own expiry',
      classic({ 'orders-0': 5n }, orders),
      emptyClassic({ 'orders-0': 5n }),
      expired,
    ],
    ['a transaction', simple({ 'orders-0': { offset: 5n, pending: true } }), simple({ 'orders-0': 5n }), old],
  ]
  /** A day later the guard has ended, and another day later the offset is gone. */
  const held = (app: SeenGroup, commits: Record<string, LoggedCommit>) =>
    withLog(aReading(monday, { app }), { app: { commits } })
  const freed = (app: SeenGroup) => withLog(aReading(monday + DAY, { app }), { app: {} })
  const gone = (tombstoneAt: number) =>
    withLog(aReading(monday + 2 * DAY, { app: dead('unknown', 'orders-0') }), {
      app: { commits: { 'orders-0': tombstone(tombstoneAt) } },
    })

  test.each(guarded)('%s: it has expired where its guard was seen last', (_, group, _free, commits) => {
    expect(rowAfter([held(group, commits), gone(monday + DAY)]).gone?.reason).toBe('expired')
  })

  test.each(guarded)('%s: it has expired with the next sweep', (_, group, free, commits) => {
    const readings = [held(group, commits), freed(free), gone(monday + DAY + sweep)]
    expect(rowAfter(readings).gone?.reason).toBe('expired')
  })

  test.each(guarded)('%s: it was deleted where sweeps had let it live', (_, group, free, commits) => {
    const readings = [held(group, commits), freed(free), gone(monday + DAY + HOUR)]
    expect(rowAfter(readings).gone?.reason).toBe('deleted')
  })
})

test('an unsubscribed topic of a Stable classic group expires by its own commits', () => {
  const stable = (time: number) =>
    aReading(time, { app: classic({ 'orders-0': 5n }, subscribedTo('returns')) })
  const absent = aReading(monday + 9 * DAY, {
    app: { ...classic({}, subscribedTo('returns')), absent: ['orders-0'] },
  })
  const row = rowAfter([
    withLog(stable(monday), { app: { commits: { 'orders-0': committed(record(5n, at)) } } }),
    withLog(absent, { app: { commits: { 'orders-0': tombstone(at + retention + sweep) } } }),
  ])
  expect(row).toMatchObject({ rule: 'classic-unsubscribed', gone: { reason: 'expired' } })
})

describe('the log is read further than OffsetFetch could look', () => {
  const sweptAt = at + retention + sweep
  const swept = { app: { commits: { 'orders-0': tombstone(sweptAt) } } }
  const absent = (time: number) => aReading(time, { app: dead('simple', 'orders-0') })

  test('an offset that went meanwhile keeps its exact time', () => {
    const readings = [first, withLog(quiet(sweptAt - SECOND), swept)]
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'exact',
      deadline: exactly(at + retention),
      gone: null,
    })
    readings.push(withLog(absent(sweptAt + HOUR), swept))
    expect(rowAfter(readings).gone).toEqual({ reason: 'expired', ...exactly(sweptAt) })
  })

  test('so does one that was committed and went between two readings', () => {
    const last = record(6n, at + HOUR)
    const both = { app: { commits: { 'orders-0': tombstone(sweptAt + HOUR, last) } } }
    expect(rowAfter([first, withLog(quiet(sweptAt + HOUR - SECOND, 6n), both)])).toMatchObject({
      evidence: 'exact',
      deadline: exactly(at + HOUR + retention),
    })
  })

  test('an offset that had gone and was committed anew meanwhile has expired', () => {
    const anew = committed(record(0n, sweptAt + MINUTE), { tombstoneAt: sweptAt })
    const readings = [first, withLog(absent(sweptAt + SECOND), { app: { commits: { 'orders-0': anew } } })]
    expect(rowAfter(readings).gone).toEqual({ reason: 'expired', ...exactly(sweptAt) })
    readings.push(withLog(quiet(sweptAt + HOUR, 0n), { app: { commits: { 'orders-0': anew } } }))
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'exact',
      previousCommit: { offset: 5n, reason: 'expired' },
    })
  })

  test('the offset of a group that died while it was read has expired all the same', () => {
    const unread = withLog(aReading(sweptAt - SECOND, {}), swept)
    const row = rowAfter([first, unread, withLog(absent(sweptAt + HOUR), swept)])
    expect(row.gone?.reason).toBe('expired')
  })
})
