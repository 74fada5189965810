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

describe('an offset that is gone', () => {
  const absent = (time: number) => aReading(time, { app: dead('simple', 'orders-0') })
  const goneAfter = (tombstoneAt: number, log = {}) =>
    rowAfter([
      first,
      withLog(absent(monday + 9 * DAY), { app: { ...log, commits: { 'orders-0': tombstone(tombstoneAt) } } }),
    ]).gone

  test.each([
    ['was deleted if it went before its deadline', at + retention - SECOND, {}, 'deleted'],
    ['expired if it went with the next sweep', at + retention + sweep, {}, 'expired'],
    ['was deleted if it went long after its deadline', at + retention + DAY, {}, 'deleted'],
    [
      'expired if it went long after its deadline, but its coordinator had moved',
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
  ])('went before the deadline, by a retention from source %s: %s', (source, reason) => {
    const brokers = [{ ...sevenDays, source }]
    const went = { app: { commits: { 'orders-0': tombstone(at + 2 * DAY) } } }
    const gone = aReading(monday + 3 * DAY, { app: dead('simple', 'orders-0') }, { brokers })
    expect(rowAfter([first, withLog(gone, went)]).gone).toEqual({ reason, ...exactly(at + 2 * DAY) })
  })

  test.each<[string, before: number | null, now: number | null, wentAfter: number, GoneReason]>([
    ['raised from 7 to 14 days', 7 * DAY, 14 * DAY, 7 * DAY + sweep, 'expired'],
    ['raised from 7 days to unlimited', 7 * DAY, null, 7 * DAY + sweep, 'expired'],
    ['lowered from 14 to 7 days', 14 * DAY, 7 * DAY, 10 * DAY, 'expired'],
    ['raised, and it went before both deadlines', 7 * DAY, 14 * DAY, 6 * DAY, 'deleted'],
  ])('went while the retention was %s', (_, before, now, wentAfter, reason) => {
    const [earlier, later] = [before, now].map(length => ({ brokers: [{ ...sevenDays, retention: length }] }))
    const commits = { 'orders-0': committed(record(5n, at)) }
    const seen = aReading(at + wentAfter - MINUTE, { app: simple({ 'orders-0': 5n }) }, earlier)
    const gone = aReading(at + wentAfter + MINUTE, { app: dead('simple', 'orders-0') }, later)
    const row = rowAfter([
      withLog(seen, { app: { commits } }),
      withLog(gone, { app: { commits: { 'orders-0': tombstone(at + wentAfter) } } }),
    ])
    expect(row.gone).toEqual({ reason, ...exactly(at + wentAfter) })
  })

  test.each([
    ['expired if it went one sweep after its coordinator had loaded', sweep, 'expired'],
    ['was deleted if it went long after its coordinator had loaded', DAY, 'deleted'],
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

  test('keeps the last commit before the tombstone, even if no reading saw it', () => {
    const [last, gone] = [record(8n, monday + HOUR, { metadata: 'm' }), monday + HOUR + retention + sweep]
    const commits = { 'orders-0': tombstone(gone, last) }
    expect(rowAfter([first, withLog(absent(monday + 9 * DAY), { app: { commits } })])).toMatchObject({
      offset: 8n,
      metadata: 'm',
      gone: { reason: 'expired', earliest: gone },
    })
  })

  test('went by a negative offset if one was committed in its place', () => {
    const gone = monday + HOUR
    const commits = { 'orders-0': { ...tombstone(gone, record(8n, monday + MINUTE)), negative: true } }
    expect(rowAfter([first, withLog(absent(monday + DAY), { app: { commits } })])).toMatchObject({
      offset: 8n,
      gone: { reason: 'negative', ...exactly(gone) },
    })
  })

  test('went by a negative offset if one shows in its place, in observed mode, too', () => {
    const negative = aReading(monday + DAY, { app: simple({}, { absent: ['orders-0'], negative: true }) })
    expect(rowAfter([quiet(monday), negative])).toMatchObject({ offset: 5n, gone: { reason: 'negative' } })
  })

  test('was deleted if the deletion came before the negative offset', () => {
    const app = simple({}, { absent: ['orders-0'], negative: true })
    const commits = { 'orders-0': tombstone(monday + HOUR, record(5n, at)) }
    const row = rowAfter([first, withLog(aReading(monday + DAY, { app }), { app: { commits } })])
    expect(row.gone?.reason).toBe('deleted')
  })

  test('is lost and reset if it went by a negative offset and is committed again', () => {
    const recommitted = {
      ...committed(record(0n, monday + HOUR), { tombstoneAt: monday + MINUTE }),
      negative: true,
    }
    const reset = withLog(quiet(monday + DAY, 0n), { app: { commits: { 'orders-0': recommitted } } })
    expect(rowAfter([first, reset])).toMatchObject({
      offset: 0n,
      previousCommit: { offset: 5n, reason: 'negative' },
    })
  })

  test('went for an unknown reason if there is no tombstone', () => {
    expect(rowAfter([first, withLog(absent(monday + 9 * DAY), { app: {} })]).gone?.reason).toBe('unknown')
  })

  test('expired if it went when the guard of its KIP-848 group ended', () => {
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

describe('an offset that a guard kept beyond its deadline', () => {
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
      'a classic member, with an explicit expiry',
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

  test.each(guarded)('%s: it expired if no reading saw the guard end', (_, group, _free, commits) => {
    expect(rowAfter([held(group, commits), gone(monday + DAY)]).gone?.reason).toBe('expired')
  })

  test.each(guarded)('%s: it expired with the next sweep', (_, group, free, commits) => {
    const readings = [held(group, commits), freed(free), gone(monday + DAY + sweep)]
    expect(rowAfter(readings).gone?.reason).toBe('expired')
  })

  test.each(guarded)('%s: it was deleted if sweeps had spared it', (_, group, free, commits) => {
    const readings = [held(group, commits), freed(free), gone(monday + DAY + HOUR)]
    expect(rowAfter(readings).gone?.reason).toBe('deleted')
  })
})

test('the offsets of an unsubscribed topic of a Stable classic group expire by their own commits', () => {
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

describe('a log that was read further than OffsetFetch could see', () => {
  const sweptAt = at + retention + sweep
  const swept = { app: { commits: { 'orders-0': tombstone(sweptAt) } } }
  const absent = (time: number) => aReading(time, { app: dead('simple', 'orders-0') })

  test('keeps the exact time of an offset that went meanwhile', () => {
    const readings = [first, withLog(quiet(sweptAt - SECOND), swept)]
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'exact',
      deadline: exactly(at + retention),
      gone: null,
    })
    readings.push(withLog(absent(sweptAt + HOUR), swept))
    expect(rowAfter(readings).gone).toEqual({ reason: 'expired', ...exactly(sweptAt) })
  })

  test('keeps the exact time of an offset that was committed and went between two readings', () => {
    const last = record(6n, at + HOUR)
    const both = { app: { commits: { 'orders-0': tombstone(sweptAt + HOUR, last) } } }
    expect(rowAfter([first, withLog(quiet(sweptAt + HOUR - SECOND, 6n), both)])).toMatchObject({
      evidence: 'exact',
      deadline: exactly(at + HOUR + retention),
    })
  })

  test('shows that an offset expired, although it was committed again meanwhile', () => {
    const recommitted = committed(record(0n, sweptAt + MINUTE), { tombstoneAt: sweptAt })
    const readings = [
      first,
      withLog(absent(sweptAt + SECOND), { app: { commits: { 'orders-0': recommitted } } }),
    ]
    expect(rowAfter(readings).gone).toEqual({ reason: 'expired', ...exactly(sweptAt) })
    readings.push(withLog(quiet(sweptAt + HOUR, 0n), { app: { commits: { 'orders-0': recommitted } } }))
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'exact',
      previousCommit: { offset: 5n, reason: 'expired' },
    })
  })

  test('shows that the offset of a group expired, although the group died while it was read', () => {
    const unread = withLog(aReading(sweptAt - SECOND, {}), swept)
    const row = rowAfter([first, unread, withLog(absent(sweptAt + HOUR), swept)])
    expect(row.gone?.reason).toBe('expired')
  })
})
