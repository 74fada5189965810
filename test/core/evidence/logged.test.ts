import { describe, expect, test } from '@jest/globals'
import {
  aReading,
  classic,
  clockSkew,
  consumer,
  DAY,
  emptyClassic,
  emptyConsumer,
  HOUR,
  MINUTE,
  monday,
  rowAfter,
  SECOND,
  simple,
  subscribedTo,
  TAKES,
} from '../readings.ts'
import { at, committed, exactly, first, quiet, record, withLog } from './logs.ts'

const retention = 7 * DAY
const sweep = 10 * MINUTE

describe('the commit time', () => {
  test('is exact from the first reading on, if the log has the record of the current offset', () => {
    expect(rowAfter([first])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(at),
      deadline: exactly(at + retention),
      logged: { offset: 5n, at, expiresAt: null, logOffset: null },
    })
  })

  test('is exact as long as no newer record arrives', () => {
    const row = rowAfter([first, withLog(quiet(monday + DAY), { app: {} })])
    expect(row).toMatchObject({ evidence: 'exact', deadline: exactly(at + retention) })
  })

  test('is exact when the same offset is committed again, which OffsetFetch cannot show', () => {
    const again = { 'orders-0': committed(record(5n, monday + HOUR)) }
    const row = rowAfter([first, withLog(quiet(monday + DAY), { app: { commits: again } })])
    expect(row.deadline).toEqual(exactly(monday + HOUR + retention))
  })

  test('is exact again once OffsetFetch shows the newer commit, too', () => {
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

  test('is exact again after a run that did not read the log to its end', () => {
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
    ['if newer records may be unread', { caughtUp: false }, {}],
    ['if a transaction without an end has touched it', {}, { uncertain: true }],
  ])('%s', (_, log, commit) => {
    const commits = { 'orders-0': committed(record(5n, at), commit) }
    expect(rowAfter([withLog(quiet(monday), { app: { ...log, commits } })]).evidence).not.toBe('exact')
  })

  test('if records since the last snapshot may have been missed', () => {
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

  test('waits for a guard, and is the deadline if the guard ends', () => {
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

  test('takes its clock start from the record of the group, not from its commits', () => {
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

  test('has a new clock start after a rejoin between two readings', () => {
    const rejoined = { group: { emptySince: monday + HOUR } }
    const row = rowAfter([
      withLog(empty(monday), { app: { group: { emptySince: monday - DAY }, commits } }),
      withLog(empty(monday + DAY), { app: rejoined }),
    ])
    expect(row.clockStart).toEqual(exactly(monday + HOUR))
  })

  test.each([
    ['it was empty then, too', monday - 6 * DAY],
    ['it had members then', null],
  ])('keeps its clock start if a later run reads an older record: %s', (_, emptySince) => {
    const since = monday - HOUR
    const row = rowAfter([
      withLog(empty(monday), { app: { group: { emptySince: since }, commits } }),
      withLog(empty(monday + HOUR), { app: { group: { emptySince, older: true } } }),
    ])
    expect(row.clockStart).toEqual(exactly(since))
  })

  test('takes its clock start from an older record if earlier runs have read no later one', () => {
    const since = monday - 6 * DAY
    const row = rowAfter([
      withLog(empty(monday), { app: { caughtUp: false } }),
      withLog(empty(monday + HOUR), { app: { group: { emptySince: since, older: true } } }),
    ])
    expect(row.clockStart).toEqual(exactly(since))
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
      previousCommit: { offset: 5n, reason: 'expired', resetTo: then },
    })
  })

  test('is a deletion, not an expiry, if the offset was deleted before its deadline', () => {
    expect(reset(monday + HOUR, 0n).previousCommit?.reason).toBe('deleted')
  })

  test('is a move back if there is no tombstone, however old the offset was', () => {
    const commits = { 'orders-0': committed(record(0n, monday + 8 * DAY)) }
    const row = rowAfter([first, withLog(quiet(monday + 8 * DAY, 0n), { app: { commits } })])
    expect(row.previousCommit?.reason).toBe('moved-back')
  })

  test('is not reported when a classic group becomes a KIP-848 group and back', () => {
    const before = aReading(monday, { app: classic({ 'orders-0': 5n }, subscribedTo('orders')) })
    const between = aReading(monday + HOUR, { app: emptyConsumer({ 'orders-0': 5n }) })
    const after = aReading(monday + 2 * HOUR, { app: classic({ 'orders-0': 5n }, subscribedTo('orders')) })
    const commits = { 'orders-0': committed(record(5n, at)) }
    const row = rowAfter([
      withLog(before, { app: { commits } }),
      withLog(between, { app: {} }),
      withLog(after, { app: {} }),
    ])
    expect(row).toMatchObject({ gone: null, previousCommit: null })
  })
})

describe('records that an earlier run has read', () => {
  const newer = { 'orders-0': committed(record(6n, monday + HOUR)) }
  const then = withLog(quiet(monday + 2 * HOUR, 6n), { app: {} })

  test('count for a group that could not be read in that run', () => {
    const unread = withLog(aReading(monday + HOUR, {}), { app: { commits: newer } })
    expect(rowAfter([first, unread, then])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(monday + HOUR),
    })
  })

  test('count for a partition that could not be read in that run', () => {
    const unreadable = aReading(monday + HOUR, { app: simple({}, { unreadable: ['orders-0'] }) })
    const readings = [first, withLog(unreadable, { app: { commits: newer } }), then]
    expect(rowAfter(readings)).toMatchObject({ evidence: 'exact', clockStart: exactly(monday + HOUR) })
  })

  test('count after a run that could not read the log', () => {
    const without = quiet(monday + HOUR)
    expect(rowAfter([first, without]).evidence).toBe('observed')
    expect(rowAfter([first, without, withLog(quiet(monday + DAY), { app: {} })])).toMatchObject({
      evidence: 'exact',
      clockStart: exactly(at),
    })
  })
})
