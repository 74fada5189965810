import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  eventsBetween,
  type GroupRows,
  type HistoryEvent,
} from '../../functions/core/recovery/group-history.ts'
import { lookBack } from '../../functions/jobs/look-back.ts'
import type { SnapshotHistory } from '../../functions/jobs/ports.ts'
import { now } from '../builders/commits.ts'
import { commitOf } from '../builders/snapshots.ts'
import { type Action, action, type Pass, pass, perform } from '../simulation/actions.ts'
import { groupNames, RETENTION, SimulatedKafka, SKEW } from '../simulation/kafka.ts'
import { Watchdog } from '../simulation/watchdog.ts'

const step = fc.oneof(
  { weight: 3, arbitrary: action.map(act => ({ act })) },
  { weight: 2, arbitrary: pass.map(take => ({ take })) },
)
const life = fc.record({
  ahead: fc.tuple(fc.nat(SKEW), fc.nat(SKEW)),
  pendingGuards: fc.boolean(),
  steps: fc.array<{ act: Action } | { take: Pass }>(step, { minLength: 40, maxLength: 150, size: 'max' }),
  every: fc.integer({ min: 0, max: 10 * RETENTION }),
})

/** Snapshots of one group during these events. */
function snapshotsOf({
  ahead,
  pendingGuards,
  steps,
}: Omit<typeof life extends fc.Arbitrary<infer T> ? T : never, 'every'>) {
  const kafka = new SimulatedKafka(now, ahead, pendingGuards)
  const watchdog = new Watchdog(kafka)
  const act = (each: Action) => perform(each, kafka)
  return steps.flatMap(each => {
    if ('act' in each) {
      act(each.act)
      return []
    }
    const takenAt = kafka.now
    const { after } = watchdog.take(each.take, act)
    return [{ takenAt, finishedAt: kafka.now, rows: after }]
  })
}

type Taken = ReturnType<typeof snapshotsOf>

const historyOf = (taken: Taken): { store: SnapshotHistory; reads: () => number } => {
  let reads = 0
  return {
    reads: () => reads,
    store: {
      async *timesBack(_, time) {
        yield* taken
          .map(({ takenAt }) => takenAt)
          .filter(takenAt => takenAt <= time)
          .reverse()
      },
      async historyRows(_, takenAt, group) {
        reads++
        const found = taken.find(each => each.takenAt === takenAt)
        return found && rowsOf(found, group)
      },
    },
  }
}

const rowsOf = ({ rows, ...when }: Taken[number], group: string): GroupRows => ({
  ...when,
  clusterId: 'k',
  rows: rows.filter(row => row.group === group),
})

const lossesIn = (events: readonly HistoryEvent[]) =>
  events
    .filter(({ kind }) => kind === 'gone' || kind === 'reset')
    .map(event => JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .sort()

const asked = { cluster: 'prod', topic: undefined, until: Infinity, since: 0 }

test('a sampled history has every loss and reset between any two snapshots, with the same times', async () => {
  let losses = 0
  await fc.assert(
    fc.asyncProperty(life, async ({ every, ...lived }) => {
      const taken = snapshotsOf(lived)
      for (const group of groupNames) {
        const readings = taken.map(each => rowsOf(each, group))
        const complete = readings.flatMap((reading, i) =>
          eventsBetween(readings[i - 1]?.rows ?? [], reading.rows, reading.finishedAt),
        )
        const sampled = await lookBack({ ...asked, group, every, snapshots: historyOf(taken).store })
        expect(lossesIn(sampled.events)).toEqual(lossesIn(complete))
        losses += lossesIn(complete).length
      }
    }),
    { numRuns: 80 },
  )
  expect(losses).toBeGreaterThan(40)
})

const HOUR = 3_600_000
const quarter = HOUR / 4

/** Two weeks of a group that the settings ignore: snapshots keep its gone rows for one day only. */
const forgetful: Taken = Array.from({ length: 1344 }, (_, i) => {
  const takenAt = now + i * quarter
  const seen = {
    group: 'ignored',
    partition: 0,
    firstSeenAt: now + 500 * quarter,
    seenAt: takenAt,
    topicId: null,
  }
  const gone = { reason: 'expired', earliest: now + 520 * quarter, latest: now + 521 * quarter } as const
  const row = commitOf(i < 521 ? seen : { ...seen, seenAt: now + 520 * quarter, gone })
  return { takenAt, finishedAt: takenAt, rows: i >= 500 && i < 521 + 96 ? [row] : [] }
})

test('the loss of an ignored group is found, although snapshots keep its row for only one day', async () => {
  const { store, reads } = historyOf(forgetful)
  const { events } = await lookBack({ ...asked, group: 'ignored', every: undefined, snapshots: store })
  expect(events.map(({ kind, by }) => [kind, (by - now) / quarter])).toEqual([
    ['first-seen', 500],
    ['gone', 521],
  ])
  expect(reads()).toBeLessThan(50)
})

const busy: Taken = Array.from({ length: 1344 }, (_, i) => {
  const takenAt = now + i * quarter
  const row = commitOf({ group: 'busy', offset: BigInt(i), valueSeenAt: takenAt, seenAt: takenAt })
  return { takenAt, finishedAt: takenAt, rows: [row] }
})

test.each([
  ['two weeks, by default', undefined, undefined, 6 * HOUR, 56],
  ['two weeks, hourly', undefined, HOUR, HOUR, 14 * 24],
  ['one day', now + 13 * 24 * HOUR, undefined, HOUR / 2, 48],
  ['a few hours', now + 1333 * quarter, undefined, 0, 11],
])('the history of a busy group: %s', async (_, since, every, step, most) => {
  const snapshots = historyOf(busy).store
  const history = await lookBack({ ...asked, since, group: 'busy', every, snapshots })
  expect(history.every).toBe(step)
  const gaps = history.readings
    .slice(1)
    .map(({ takenAt }, i) => takenAt - (history.readings[i]?.takenAt ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.max(step, quarter))
  expect(history.readings.length).toBeLessThanOrEqual(1.35 * most + 2)
  expect(history.events.filter(({ kind }) => kind === 'moved').length).toBe(history.readings.length - 1)
})

test('snapshots that cannot be used are left out, even the first and the last', async () => {
  const { store } = historyOf(busy)
  const broken = (i: number) => i === 0 || i === 1343 || (i > 600 && i < 700)
  const snapshots: SnapshotHistory = {
    ...store,
    historyRows: async (cluster, takenAt, ...rest) =>
      broken((takenAt - now) / quarter) ? undefined : store.historyRows(cluster, takenAt, ...rest),
  }
  const { readings, events } = await lookBack({ ...asked, group: 'busy', every: HOUR, snapshots })
  expect(readings.map(({ takenAt }) => (takenAt - now) / quarter)).toEqual(
    expect.arrayContaining([1, 1342, 600, 700]),
  )
  expect(events.at(-1)).toMatchObject({ offset: 1342n })
})
