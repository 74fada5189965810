import { describe, expect, test } from '@jest/globals'
import type { LoggedCommit } from '../../functions/core/reading.ts'
import { committed, record, tombstone, withLog } from './logs.ts'
import {
  aReading,
  classic,
  clockSkew,
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
  simple,
  streams,
  subscribedTo,
  TAKES,
} from './readings.ts'

const retention = 7 * DAY
const sweep = 10 * MINUTE
const at = monday - HOUR
const exactly = (time: number) => ({ earliest: time, latest: time })

const quiet = (time: number, offset = 5n) => aReading(time, { app: simple({ 'orders-0': offset }) })
const first = withLog(quiet(monday), { app: { commits: { 'orders-0': committed(record(5n, at)) } } })

describe('a commit time is exact', () => {
  test('from the first reading on, by the record of the offset that is shown', () => {
    expect(rowAfter([first])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(at),
      deadline: exactly(at + retention),
      logged: { offset: 5n, at, expiresAt: null },
    })
  })

  test('as long as no newer record comes', () => {
    const row = rowAfter([first, withLog(quiet(monday + DAY), { app: {} })])
    expect(row).toMatchObject({ evidence: 'exact', deadline: exactly(at + retention) })
  })

  test('anew when the same offset is committed again, which OffsetFetch cannot show', () => {
    const again = { 'orders-0': committed(record(5n, monday + HOUR)) }
    const row = rowAfter([first, withLog(quiet(monday + DAY), { app: { commits: again } })])
    expect(row.deadline).toEqual(exactly(monday + HOUR + retention))
  })

  test('again, after a newer commit than the one shown has been shown, too', () => {
    const newer = { 'orders-0': committed(record(6n, monday + HOUR + SECOND)) }
    const readings = [first, withLog(quiet(monday + HOUR, 5n), { app: { commits: newer } })]
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'observed',
      clockStart: { earliest: monday + HOUR + SECOND - clockSkew },
    })
    readings.push(withLog(quiet(monday + 2 * HOUR, 6n), { app: {} }))
    expect(rowAfter(readings)).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(monday + HOUR + SECOND),
    })
  })

  test('again, after a run that did not get to the end', () => {
    const cut = withLog(quiet(monday + HOUR), { app: { caughtUp: false } })
    expect(rowAfter([first, cut])).toMatchObject({
      evidence: 'observed',
      clockStart: { earliest: at - clockSkew, latest: monday + HOUR + TAKES + clockSkew },
    })
    expect(rowAfter([first, cut, withLog(quiet(monday + DAY), { app: {} })]).evidence).toBe('exact')
  })
})

describe('a record is only a bound', () => {
  test.each([
    ['while newer ones may be unread', { caughtUp: false }, {}],
    ['where a transaction without an end has touched it', {}, { uncertain: true }],
  ])('%s', (_, log, commit) => {
    const commits = { 'orders-0': committed(record(5n, at), commit) }
    expect(rowAfter([withLog(quiet(monday), { app: { ...log, commits } })]).evidence).not.toBe('exact')
  })

  test('where records since the last snapshot may have been missed', () => {
    const gap = withLog(quiet(monday + DAY), { app: { complete: false } })
    expect(rowAfter([first, gap])).toMatchObject({ evidence: 'observed', logged: null })
  })
})

describe('an explicit expiry', () => {
  const expiresAt = monday + 2 * HOUR

  test('is the deadline in place of the retention', () => {
    const commits = { 'orders-0': committed(record(5n, at, { expiresAt })) }
    expect(rowAfter([withLog(quiet(monday), { app: { commits } })])).toMatchObject({
      rule: 'explicit',
      evidence: 'exact',
      expiresAt,
      deadline: exactly(expiresAt),
    })
  })

  test('is outlived by a guard, and passes with it', () => {
    const running = aReading(monday, { app: consumer({ 'orders-0': 5n }, subscribedTo('orders')) })
    const commits = { 'orders-0': committed(record(5n, at, { expiresAt })) }
    expect(rowAfter([withLog(running, { app: { commits } })])).toMatchObject({
      rule: 'consumer-guarded',
      deadline: null,
      ifStopped: exactly(expiresAt),
    })
  })

  test('is the earliest deadline while a commit that clears it may be unread', () => {
    const commits = { 'orders-0': committed(record(5n, at, { expiresAt })) }
    const row = rowAfter([withLog(quiet(monday), { app: { caughtUp: false, commits } })])
    expect(row).toMatchObject({ rule: 'simple', expiresAt: null, deadline: { earliest: expiresAt } })
  })

  test('is cleared by any later commit', () => {
    const explicit = { 'orders-0': committed(record(5n, at, { expiresAt })) }
    const plain = { 'orders-0': committed(record(5n, monday + HOUR)) }
    const row = rowAfter([
      withLog(quiet(monday), { app: { commits: explicit } }),
      withLog(quiet(monday + 2 * HOUR), { app: { commits: plain } }),
    ])
    expect(row).toMatchObject({
      rule: 'simple',
      expiresAt: null,
      deadline: exactly(monday + HOUR + retention),
    })
  })
})

describe('a classic group without members', () => {
  const empty = (time: number) => aReading(time, { app: emptyClassic({ 'orders-0': 5n }) })
  const commits = { 'orders-0': committed(record(5n, monday - 5 * DAY)) }

  test('is dated by its own record, not by its commits', () => {
    const since = monday - 2 * HOUR
    const row = rowAfter([withLog(empty(monday), { app: { group: { emptySince: since }, commits } })])
    expect(row).toMatchObject({
      rule: 'classic-empty',
      evidence: 'exact',
      clockStart: exactly(since),
      committed: exactly(monday - 5 * DAY),
    })
    const later = withLog(empty(monday + DAY), {
      app: { commits: { 'orders-0': committed(record(5n, monday)) } },
    })
    expect(
      rowAfter([withLog(empty(monday), { app: { group: { emptySince: since }, commits } }), later])
        .clockStart,
    ).toEqual(exactly(since))
  })

  test('is dated anew after a rejoin between two readings', () => {
    const rejoined = { group: { emptySince: monday + HOUR } }
    const row = rowAfter([
      withLog(empty(monday), { app: { group: { emptySince: monday - DAY }, commits } }),
      withLog(empty(monday + DAY), { app: rejoined }),
    ])
    expect(row.clockStart).toEqual(exactly(monday + HOUR))
  })
})

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
  /** A day later the guard has fallen, and another day later it is gone. */
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
    expect(rowAfter(readings)).toMatchObject({ evidence: 'exact', before: { offset: 5n, reason: 'expired' } })
  })

  test('the offset of a group that died while it was read has expired all the same', () => {
    const unread = withLog(aReading(sweptAt - SECOND, {}), swept)
    const row = rowAfter([first, unread, withLog(absent(sweptAt + HOUR), swept)])
    expect(row.gone?.reason).toBe('expired')
  })
})

describe('a reset that no reading saw', () => {
  const reset = (tombstoneAt: number, then: bigint) =>
    rowAfter([
      first,
      withLog(quiet(monday + 8 * DAY, then), {
        app: { commits: { 'orders-0': committed(record(then, tombstoneAt + MINUTE), { tombstoneAt }) } },
      }),
    ])

  test.each([
    ['backwards', 0n],
    ['forwards', 90n],
  ])('%s is a loss', (_, then) => {
    expect(reset(at + retention + sweep, then)).toMatchObject({
      offset: then,
      before: { offset: 5n, reason: 'expired', resetTo: then },
    })
  })

  test('after a deletion is no expiry', () => {
    expect(reset(monday + HOUR, 0n).before?.reason).toBe('deleted')
  })

  test('is none without a tombstone, however old the offset was', () => {
    const commits = { 'orders-0': committed(record(0n, monday + 8 * DAY)) }
    const row = rowAfter([first, withLog(quiet(monday + 8 * DAY, 0n), { app: { commits } })])
    expect(row.before?.reason).toBe('moved-back')
  })

  test('is none when a classic group becomes one of KIP-848 and back', () => {
    const before = aReading(monday, { app: classic({ 'orders-0': 5n }, subscribedTo('orders')) })
    const between = aReading(monday + HOUR, { app: emptyConsumer({ 'orders-0': 5n }) })
    const after = aReading(monday + 2 * HOUR, { app: classic({ 'orders-0': 5n }, subscribedTo('orders')) })
    const commits = { 'orders-0': committed(record(5n, at)) }
    const row = rowAfter([
      withLog(before, { app: { commits } }),
      withLog(between, { app: {} }),
      withLog(after, { app: {} }),
    ])
    expect(row).toMatchObject({ gone: null, before: null })
  })
})

describe('what one run has read is not read again', () => {
  const newer = { 'orders-0': committed(record(6n, monday + HOUR)) }
  const then = withLog(quiet(monday + 2 * HOUR, 6n), { app: {} })

  test('for a group that could not be read in that run', () => {
    const unread = withLog(aReading(monday + HOUR, {}), { app: { commits: newer } })
    expect(rowAfter([first, unread, then])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(monday + HOUR),
    })
  })

  test('for a partition that could not be read in that run', () => {
    const unreadable = aReading(monday + HOUR, { app: simple({}, { unreadable: ['orders-0'] }) })
    const readings = [first, withLog(unreadable, { app: { commits: newer } }), then]
    expect(rowAfter(readings)).toMatchObject({ evidence: 'exact', clockStart: exactly(monday + HOUR) })
  })

  test('after a run that could not read the log at all', () => {
    const without = quiet(monday + HOUR)
    expect(rowAfter([first, without]).evidence).toBe('observed')
    expect(rowAfter([first, without, withLog(quiet(monday + DAY), { app: {} })])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(at),
    })
  })
})
