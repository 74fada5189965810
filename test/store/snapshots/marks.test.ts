import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Problem } from '../../../functions/core/model/commit.ts'
import { Failure } from '../../../functions/core/model/failure.ts'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { randomCases } from '../../random-cases.ts'
import { type Marked, markedStore } from './marked.ts'

const QUARTER = 15 * 60_000
const HOUR = 4 * QUARTER
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 10, 22)

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-marks-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
let store: Marked
let problems: Problem[]
beforeEach(() => {
  folder = mkdtempSync(join(place, 'store-'))
  store = markedStore(folder)
  problems = []
})

/** One run in its own process. */
const write = (takenAt: number, clusterId = 'one') =>
  snapshotStore(store.objects, () => takenAt + 1000).write(snapshotOf([commitOf()], { takenAt, clusterId }), {
    onProblem: problem => problems.push(problem),
  })

/** A run that ends, or is refused, before the request that `isThere` selects. */
async function writeUntil(isThere: (request: string, key: string) => boolean, takenAt: number) {
  store.before = (request, key) => {
    if (isThere(request, key)) throw new Error('killed')
  }
  await expect(write(takenAt)).rejects.toThrow('killed')
  store.before = () => {}
}

const marksOf = (...times: number[]) =>
  times.map(time => [store.marks.get(manifestKey('prod', time)), store.marks.get(parquetKey('prod', time))])
const both = (...marks: string[]) => marks.map(mark => [mark, mark])
const newest = () =>
  [...store.marks].filter(([key, mark]) => mark === 'newest' && key.endsWith('.json')).map(([key]) => key)

describe('the mark of a snapshot', () => {
  test('is `newest` until the next one is stored, and then says how long the snapshot stays', async () => {
    const times = [0, QUARTER, HOUR, DAY].map(since => midnight + since)
    for (const time of times) await write(time)
    expect(marksOf(...times)).toEqual(both('day', 'other', 'hour', 'newest'))
    expect(problems).toEqual([])
  })

  test('has its final value in the manifest from the beginning', async () => {
    await write(midnight)
    const bytes = await store.objects.read(manifestKey('prod', midnight))
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ keep: 'day' })
  })

  test('stays `newest` as long as no later one is stored', async () => {
    await write(midnight)
    await write(midnight)
    expect(marksOf(midnight)).toEqual(both('newest'))
  })

  test.each([
    ['is the first of its day', 0, 'day'],
    ['is not the first of its day', QUARTER, 'day'],
  ])('that %s and has an unreadable manifest becomes `day`', async (_, since, mark) => {
    await write(midnight)
    if (since > 0) await write(midnight + since)
    writeFileSync(join(folder, manifestKey('prod', midnight + since)), '')
    await write(midnight + HOUR)
    expect(marksOf(midnight + since)).toEqual(both(mark))
  })

  test.each([
    { what: 'its day', broken: [0], next: HOUR, keep: 'day' },
    { what: 'its hour', broken: [HOUR], next: HOUR + QUARTER, keep: 'hour' },
    { what: 'its day, after two others', broken: [0, QUARTER], next: 2 * QUARTER, keep: 'day' },
  ])(
    'is the mark of the first snapshot of $what if earlier ones do not verify',
    async ({ broken, next, keep }) => {
      await write(midnight - HOUR)
      if (!broken.includes(0)) await write(midnight)
      for (const since of broken) {
        await write(midnight + since)
        rmSync(join(folder, parquetKey('prod', midnight + since)))
      }
      const snapshots = snapshotStore(store.objects, () => midnight + next)
      await snapshots.newest('prod')
      await snapshots.write(snapshotOf([commitOf()], { takenAt: midnight + next }))
      const bytes = await store.objects.read(manifestKey('prod', midnight + next))
      expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ keep })
    },
  )
})

describe('a mark that a run has not changed', () => {
  const isMark = (kind: string) => (request: string, key: string) =>
    request === 'mark' && key.startsWith(kind)

  test.each([
    ['before it read any mark', (request: string) => request === 'read mark'],
    ['before the mark of the manifest', isMark('manifests/')],
    ['between the marks of manifest and rows', isMark('snapshots/')],
  ])('because it ended %s is changed by the next run', async (_, isThere) => {
    await write(midnight)
    await writeUntil(isThere, midnight + QUARTER)
    await write(midnight + HOUR)
    expect(marksOf(midnight, midnight + QUARTER, midnight + HOUR)).toEqual(both('day', 'other', 'newest'))
  })

  test('because the store refused is reported, and changed when the store allows it', async () => {
    await write(midnight)
    store.before = request => {
      if (request === 'mark') throw new Failure('cannot write the store: these credentials lack a right.')
    }
    for (let run = 1; run <= 3; run++) await write(midnight + run * QUARTER)
    expect(problems).toHaveLength(3)
    expect(problems[0]).toEqual({
      scope: {},
      code: 'unknown',
      message:
        'an older snapshot of cluster "prod" is still marked as the newest: cannot write the store: these credentials lack a right.',
    })
    expect(newest()).toHaveLength(4)

    store.before = () => {}
    await write(midnight + HOUR)
    expect(newest()).toEqual([manifestKey('prod', midnight + HOUR)])
  })

  test('in many runs is changed by several later ones, each with limited work', async () => {
    store.before = request => {
      if (request === 'mark') throw new Failure('not today.')
    }
    for (let run = 0; run < 70; run++) await write(midnight + run * QUARTER)
    store.before = () => {}
    const costs: number[] = []
    for (let run = 70; run < 73; run++) {
      store.requests.splice(0)
      await write(midnight + run * QUARTER)
      costs.push(store.requests.filter(request => request === 'mark').length)
    }
    expect(costs).toEqual([100, 42, 2])
    expect(newest()).toEqual([manifestKey('prod', midnight + 72 * QUARTER)])
    expect(Object.groupBy(store.marks.values(), mark => mark)).toMatchObject({
      day: { length: 2 },
      hour: { length: 2 * 17 },
    })
  })

  test('of rows without a manifest is changed some days later', async () => {
    await write(midnight)
    await writeUntil((request, key) => request === 'create' && key.startsWith('manifests/'), midnight + HOUR)
    const orphan = parquetKey('prod', midnight + HOUR)
    expect(store.marks.get(orphan)).toBe('newest')
    await write(midnight + DAY)
    expect(store.marks.get(orphan)).toBe('newest')
    await write(midnight + 3 * DAY)
    expect(store.marks.get(orphan)).toBe('other')
  })

  test('may be changed by another run at the same time', async () => {
    await write(midnight)
    store.before = async (request, key) => {
      if (request === 'mark') store.marks.set(key, 'day')
    }
    await write(midnight + QUARTER)
    expect(problems).toEqual([])
    expect(marksOf(midnight)).toEqual(both('day'))
  })
})

test('two runs at once leave one `newest` after the next run, even if one of them ends early', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 60 }), fc.nat(40), async (order, end) => {
      store = markedStore(mkdtempSync(join(place, 'store-')))
      await write(midnight)

      // Each request of the two runs waits for its turn; the first run never makes its last ones.
      const waiting: (() => void)[] = []
      let requests = 0
      store.before = async () => {
        const own = requests++
        if (own >= end && own % 2 === 0) throw new Error('killed')
        await new Promise<void>(resolve => waiting.push(resolve))
      }
      const runs = Promise.allSettled([write(midnight + QUARTER), write(midnight + QUARTER + 1)])
      let isOver = false
      void runs.then(() => {
        isOver = true
      })
      for (let step = 0; !isOver; step++) {
        const [next] = waiting.splice((order[step] ?? 0) % Math.max(waiting.length, 1), 1)
        next?.()
        await new Promise(setImmediate)
      }
      store.before = () => {}

      await write(midnight + HOUR)
      await write(midnight + 2 * HOUR)
      expect(newest()).toEqual([manifestKey('prod', midnight + 2 * HOUR)])
    }),
    { numRuns: randomCases(30) },
  )
})

test('an older snapshot that is stored after a newer one gets its final mark', async () => {
  for (const since of [0, 2, 3]) await write(midnight + since * QUARTER)
  await snapshotStore(store.objects, () => midnight + 4 * QUARTER).write(
    snapshotOf([commitOf()], { takenAt: midnight + QUARTER, clusterId: 'one' }),
  )
  expect(marksOf(...[0, 1, 2, 3].map(since => midnight + since * QUARTER))).toEqual(
    both('day', 'other', 'other', 'newest'),
  )
})

test('a snapshot from the future does not take the mark from the one in use', async () => {
  const ahead = midnight + 30 * DAY
  await write(midnight)
  await write(ahead)
  await write(midnight + HOUR)
  await write(midnight + 2 * HOUR)
  expect(marksOf(midnight, midnight + HOUR, midnight + 2 * HOUR, ahead)).toEqual(
    both('day', 'hour', 'newest', 'newest'),
  )
})

describe('a cluster that was replaced under its name', () => {
  test('keeps the mark of its last snapshot, whatever follows', async () => {
    for (const since of [0, 1]) await write(midnight + since * HOUR, 'one')
    for (let since = 2; since < 9; since++) await write(midnight + since * HOUR, 'two')
    expect(marksOf(midnight, midnight + HOUR, midnight + 2 * HOUR)).toEqual(both('day', 'newest', 'hour'))
    expect(newest()).toEqual([manifestKey('prod', midnight + HOUR), manifestKey('prod', midnight + 8 * HOUR)])
  })

  test('and came back keeps the mark of the last snapshot of each cluster', async () => {
    for (const [since, id] of ['one', 'one', 'two', 'two', 'one', 'one'].entries())
      await write(midnight + since * HOUR, id)
    expect(newest()).toContain(manifestKey('prod', midnight + 3 * HOUR))
    expect(newest()).toContain(manifestKey('prod', midnight + 5 * HOUR))
  })

  test('keeps that mark even if earlier runs have changed no marks', async () => {
    store.before = request => {
      if (request === 'mark') throw new Failure('not today.')
    }
    for (const since of [0, 1, 2]) await write(midnight + since * HOUR, 'one')
    store.before = () => {}
    await write(midnight + 3 * HOUR, 'two')
    expect(newest()).toEqual([
      manifestKey('prod', midnight + 2 * HOUR),
      manifestKey('prod', midnight + 3 * HOUR),
    ])
  })
})

test('a snapshot costs a list, two writes and four reads for the marks', async () => {
  for (let run = 0; run < 10; run++) await write(midnight + run * QUARTER)
  store.requests.splice(0)
  await write(midnight + 10 * QUARTER)
  const stored = ['list', 'create', 'create']
  const marked = ['list', 'read mark', 'read mark', 'read mark', 'read', 'mark', 'mark']
  expect(store.requests).toEqual([...stored, ...marked])
})
