import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { CurrentGroup } from '../../functions/core/recovery/current-group.ts'
import {
  type PartitionSelection,
  planRestore,
  type Wanted,
} from '../../functions/core/recovery/restore-plan.ts'
import type { RestoreIntent, RestoreResult } from '../../functions/core/recovery/restore-record.ts'
import type { RestoreStore } from '../../functions/jobs/ports.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { restoreStore } from '../../functions/store/restores.ts'

const startedAt = Date.parse('2026-11-22T03:00:00.123Z')
const group = '../"\n$(touch x)'

const wanted: Wanted = {
  topic: 'orders',
  partition: 0,
  offset: 2n ** 60n,
  leaderEpoch: 3,
  metadata: 'note',
  topicId: 'topic id',
  known: { status: 'gone', lost: 2n ** 60n },
  restored: null,
}
const another = { topic: 'rates', partition: 7 }
const selection: PartitionSelection = { topic: undefined, partitions: undefined, all: false }
const now: CurrentGroup = {
  kind: 'simple',
  state: 'Empty',
  partitions: [
    {
      topic: 'orders',
      partition: 0,
      presence: 'there',
      topicId: 'topic id',
      committed: { offset: 9n, leaderEpoch: null, metadata: '' },
      log: { start: 0n, end: 2n ** 61n },
    },
  ],
}

const intent: RestoreIntent = {
  cluster: 'prod',
  clusterId: 'id',
  group,
  startedAt,
  by: { user: 'ada', host: 'laptop' },
  toolVersion: '1.2.3',
  source: { kind: 'snapshot', takenAt: startedAt - 60_000 },
  plan: planRestore(group, [wanted], now, { selection, belowStart: 'refuse', known: [wanted, another] }),
}

const result: RestoreResult = {
  cluster: 'prod',
  group,
  startedAt,
  finishedAt: startedAt + 31_000,
  lookedAgainAt: null,
  rows: [
    { topic: 'orders', partition: 0, outcome: 'restored', target: 2n ** 60n, found: 2n ** 60n, why: null },
    {
      topic: 'orders',
      partition: 1,
      outcome: 'failed',
      target: 4n,
      found: null,
      why: 'the write was not tried',
    },
  ],
}

/** The beginning of the records' keys. */
const ofPlan = 'restores/cluster=prod/dt=2026-11-22/20261122T030000.123Z'

let folder = ''
let restores: RestoreStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restores-'))
  restores = restoreStore(openStore(folder))
})
afterEach(() => rm(folder, { recursive: true }))

test('the plan is stored before the restore, row by row, with the user, under cluster and time only', async () => {
  await restores.begin(intent)
  const file = join(folder, `${ofPlan}.plan.json`)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    schemaVersion: 1,
    cluster: 'prod',
    group,
    startedAt: '2026-11-22T03:00:00.123Z',
    by: { user: 'ada', host: 'laptop' },
    source: { kind: 'snapshot', takenAt: '2026-11-22T02:59:00.123Z' },
    kind: 'simple',
    state: 'Empty',
    rows: [
      {
        topic: 'orders',
        topicId: 'topic id',
        partition: 0,
        now: '9',
        target: '1152921504606846976',
        leaderEpoch: 3,
        metadata: 'note',
        verdict: 'restore',
      },
    ],
    others: 1,
  })
})

test('results are read back unchanged, by group and start', async () => {
  const later = { ...result, startedAt: startedAt + 86_400_000 }
  for (const each of [result, later, { ...result, startedAt: startedAt + 1, group: 'another' }])
    await restores.end(each)

  expect(await restores.resultsOf('prod', group, 0)).toEqual([result, later])
  expect(await restores.resultsOf('prod', group, startedAt + 1)).toEqual([later])
  expect(await restores.resultsOf('test', group, 0)).toEqual([])
})

test.each<[string, () => Promise<void>]>([
  ['has no result', async () => {}],
  [
    'has a result that cannot be read',
    () => writeFile(join(folder, `${ofPlan}.result.json`), '{"schemaVersion":9}'),
  ],
])('a plan that %s may have written its offsets', async (_, damage) => {
  await restores.begin(intent)
  await damage()
  const [row] = result.rows
  const unsure = { ...row, outcome: 'unsure', found: 9n, why: expect.stringContaining('ended before') }
  expect(await restores.resultsOf('prod', group, 0)).toEqual([
    { ...result, finishedAt: startedAt, rows: [unsure] },
  ])
  expect(await restores.resultsOf('prod', 'another', 0)).toEqual([])
})

test('a plan with a result counts by its result', async () => {
  await restores.begin(intent)
  await restores.end(result)
  expect(await restores.resultsOf('prod', group, 0)).toEqual([result])
})

test('planned offsets come from the plans, with or without a result', async () => {
  const refused = { ...now, partitions: [] }
  const options = { selection, belowStart: 'refuse' } as const
  await restores.begin(intent)
  await restores.begin({
    ...intent,
    startedAt: startedAt + 1,
    plan: planRestore(group, [wanted], refused, options),
  })
  await restores.end(result)
  const planned = { group, topic: 'orders', partition: 0, offset: 2n ** 60n, startedAt }
  expect(await restores.plannedSince('prod', 0)).toEqual([planned])
  expect(await restores.plannedSince('prod', startedAt + 1)).toEqual([])
  expect(await restores.plannedSince('test', 0)).toEqual([])
})

test('no record is ever replaced', async () => {
  await restores.begin(intent)
  await restores.begin(intent)
  await expect(restores.begin({ ...intent, toolVersion: '1.2.4' })).rejects.toThrow(
    'another restore began in the same millisecond: run the command again.',
  )
})
