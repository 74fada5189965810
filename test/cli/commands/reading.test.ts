import { readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { emptyAlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { alertStore } from '../../../functions/store/alerts.ts'
import { parquetKey } from '../../../functions/store/keys.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { incidentOf } from '../../builders/incidents.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { run } from '../run.ts'
import { day, hour, minute, sample } from '../sample.ts'
import { storeOf, type TestStore } from '../store.ts'

const now = Date.now()
let store: TestStore

beforeAll(async () => {
  const early = snapshotOf([commitOf({ group: 'audit', offset: 1n })], {
    takenAt: now - day,
    finishedAt: now - day,
  })
  store = await storeOf(early, sample(now))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

const offsetWatchdog = (...args: string[]) => run(args, store.settings)

describe('status', () => {
  test('shows the nearest deadline first', async () => {
    const { code, stdout, stderr } = await offsetWatchdog('status')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n')[3]).toMatch(/^last +overdue +simple +team\.overdue-0 +any moment +not before /)
    expect(stdout).not.toContain('\u001b')
  })

  test('--json keeps to its schema', async () => {
    const schema = readFileSync(new URL('../../../docs/status.schema.json', import.meta.url), 'utf8')
    const ajv = new Ajv2020({ strictTypes: false })
    addFormats.default(ajv)

    const { stdout } = await offsetWatchdog('status', '--json')
    expect(ajv.validate(JSON.parse(schema), JSON.parse(stdout))).toBe(true)
  })

  test('--ndjson prints one JSON document a line', async () => {
    const { stdout } = await offsetWatchdog('status', '--ndjson', '--group', 'audit')
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).type),
    ).toEqual(['cluster', 'gone', 'commit', 'gone'])
  })

  test.each([
    ['--check, with a finding', ['--check'], 1],
    ['--check, without a finding at this level', ['--check', '--group', 'quiet', '--level', 'second'], 0],
    [
      '--check, with a snapshot older than --max-age',
      ['--check', '--group', 'quiet', '--level', 'second', '--max-age', '1m'],
      3,
    ],
    ['--max-age without --check', ['--group', 'quiet', '--level', 'second', '--max-age', '1m'], 3],
    ['--check, with a mistyped group', ['--check', '--group', 'quite'], 3],
    ['a finding without --check', ['--group', 'overdue'], 0],
  ])('exit code: %s', async (_, args, code) => {
    expect((await offsetWatchdog('status', ...args)).code).toBe(code)
  })

  test('exits with 4 for a snapshot with gaps', async () => {
    await using gaps = await storeOf(snapshotOf([], { takenAt: now - minute, complete: false }))
    expect((await run(['status', '--check'], gaps.settings)).code).toBe(4)
  })

  test('--check ignores an acknowledged deadline', async () => {
    const commit = commitOf({ deadline: { earliest: now + hour, latest: now + day } })
    await using acked = await storeOf(snapshotOf([commit], { takenAt: now - minute }))
    const incident = incidentOf({ group: commit.group, openedAt: now })
    const alerts = alertStore(openStore(acked.folder), parseAlertState)
    await alerts.write('prod', { ...emptyAlertState('prod'), incidents: [incident] }, undefined)

    expect((await run(['status', '--check'], acked.settings)).code).toBe(1)
    const { code, stdout } = await run(['ack', commit.group], acked.settings)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^prod · spedisjon-v1 · deadline of .* acknowledged: the incident will not escalate/,
    )
    expect((await run(['status', '--check'], acked.settings)).code).toBe(0)
  })
})

test('status reports an alert state that it cannot read, and still finds its deadlines', async () => {
  const commit = commitOf({ deadline: { earliest: now + hour, latest: now + day } })
  await using broken = await storeOf(snapshotOf([commit], { takenAt: now - minute }))
  const unreadable = alertStore(openStore(broken.folder), () => ({ neither: 'this' }))
  await unreadable.write('prod', { neither: 'this' }, undefined)

  const { code, stderr } = await run(['status', '--check'], broken.settings)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^cannot use the alert state of cluster "prod" .*\n$/)
})

describe('lookup', () => {
  test('--csv prints what kafka-consumer-groups reads', async () => {
    expect(await offsetWatchdog('lookup', 'audit', '--csv')).toEqual({
      code: 0,
      stdout: 'team.audit,0,777\nteam.kept,0,42\n',
      stderr: '1 offset left out, because the topic was deleted.\n',
    })
  })

  test.each([['--csv'], ['--code=java']])('%s warns of an offset that is outside the log', async format => {
    const { code, stdout, stderr } = await offsetWatchdog('lookup', 'etl-nightly', format)
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 0, lines: 2 })
    expect(stdout).toContain('team.invoices')
    expect(stderr).toMatch(
      /^1 offset outside the log at its last reading: team\.invoices-0 \(at most 100 records deleted\)\. /,
    )
  })

  test('--at reports that the cluster of that time had another id', async () => {
    const [old, young] = ['old', 'new'].map((clusterId, i) =>
      snapshotOf([commitOf({})], {
        clusterId,
        takenAt: now - (2 - i) * hour,
        finishedAt: now - (2 - i) * hour,
      }),
    )
    if (!old || !young) throw new Error('two were made')
    await using replaced = await storeOf(old, young)
    const at = new Date(now - 1.5 * hour).toISOString()
    const { code, stderr } = await run(['lookup', commitOf({}).group, '--at', at], replaced.settings)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'the snapshot of that time is of an earlier cluster, with the id old: its offsets mean nothing in the cluster of today, with the id new.\n',
    })
  })

  test('--json shows the offset before a reset', async () => {
    const { partitions } = JSON.parse((await offsetWatchdog('lookup', 'shipping', '--json')).stdout)
    expect(partitions).toMatchObject([
      { topic: 'team.orders', status: 'reset', offset: '5000', committedNow: '12' },
    ])
  })

  test('--at shows the offsets of an earlier time', async () => {
    const at = new Date(now - day + hour).toISOString()
    expect((await offsetWatchdog('lookup', 'audit', '--at', at, '--csv')).stdout).toBe('team.orders,0,1\n')
  })

  test('suggests a name for a group that begins with dashes', async () => {
    const { code, stderr } = await offsetWatchdog('lookup', '--', '--audit')
    expect(code).toBe(3)
    expect(stderr).toBe('cluster "prod" has no offsets of a group "--audit": did you mean "audit"?\n')
  })
})

test('prune keeps young snapshots', async () => {
  expect((await offsetWatchdog('prune')).stdout).toBe('prod · 0 snapshots removed, 2 kept\n')
})

test('prune without a configured cluster thins the clusters of the store, and another name is refused', async () => {
  const { WATCHDOG_CLUSTER: _, ...unnamed } = store.settings
  expect((await run(['prune'], unnamed)).stdout).toBe('prod · 0 snapshots removed, 2 kept\n')
  expect(await run(['prune'], { ...unnamed, WATCHDOG_CLUSTER: 'prd' })).toEqual({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining('has no snapshot of cluster "prd", only of "prod": correct'),
  })
})

test('an acknowledgement without an open incident fails', async () => {
  expect(await offsetWatchdog('ack', 'g')).toEqual({
    code: 3,
    stdout: '',
    stderr: 'group "g" has no open incident in prod: `status` lists the known groups.\n',
  })
})

test('mute says if no group matches its pattern', async () => {
  await using own = await storeOf(sample(now))
  const mute = (pattern: string) => {
    const until = new Date(Date.now() + hour).toISOString()
    return run(['mute', '--group', pattern, '--until', until, '--reason', 'migration'], own.settings)
  }
  expect(await mute('ledg*')).toMatchObject({ code: 0, stderr: '' })
  expect(await mute('leger')).toMatchObject({
    code: 0,
    stderr:
      'cluster "prod" has no offsets of a group "leger": did you mean "ledger"? The silence is kept for groups to come.\n',
  })
})

test('prune reports how many Parquet files without a manifest it removed', async () => {
  await using left = await storeOf(sample(now))
  for (const days of [2, 3]) {
    const orphan = parquetKey('prod', sample(now).head.takenAt - days * day)
    await openStore(left.folder).create(orphan, new Uint8Array([1]))
  }
  const pruned = 'prod · 0 snapshots removed, 1 kept, 2 Parquet files without a manifest removed\n'
  expect((await run(['prune'], left.settings)).stdout).toBe(pruned)
  const { stdout } = await run(['prune', '--json'], left.settings)
  expect(JSON.parse(stdout).clusters).toEqual([{ cluster: 'prod', removed: 0, kept: 1, orphans: 0 }])
})

test('status names a damaged snapshot, and reads the one before', async () => {
  await using damaged = await storeOf(sample(now - hour), sample(now))
  const [file = ''] = (await readdir(damaged.folder, { recursive: true }))
    .filter(path => path.endsWith('.parquet'))
    .sort()
    .reverse()
  await writeFile(join(damaged.folder, file), 'PAR1')

  const { code, stdout, stderr } = await run(['status', '--json'], damaged.settings)
  expect(code).toBe(0)
  expect(JSON.parse(stdout).clusters[0].takenAt).toBe(new Date(now - hour - 3 * minute).toISOString())
  expect(stderr).toMatch(/^the snapshot of cluster "prod" taken at .* is skipped: .*\n$/)
})

test('one cluster without a snapshot does not hide another', async () => {
  const config = join(store.folder, 'watchdog.yaml')
  await writeFile(config, `{store: "${store.folder}", clusters: [{name: none}, {name: prod}]}`)
  const { code, stdout, stderr } = await run(['status'], {
    WATCHDOG_CONFIG: config,
    KAFKA_BROKERS: '127.0.0.1:1',
  })
  expect(code).toBe(3)
  expect(stderr).toContain('cluster "none" has no snapshot yet')
  expect(stdout).toContain('prod · snapshot of ')
})

describe('status of two clusters', () => {
  let both: TestStore
  let environment: NodeJS.ProcessEnv
  beforeAll(async () => {
    const near = { earliest: now + hour, latest: now + day }
    const far = { earliest: now + 6 * day, latest: now + 7 * day }
    const prod = [commitOf({ group: 'near', deadline: near }), commitOf({ group: 'safe', deadline: far })]
    both = await storeOf(
      snapshotOf(prod, { cluster: 'prod', takenAt: now }),
      snapshotOf([commitOf({ group: 'other' })], { cluster: 'test', takenAt: now - day, complete: false }),
    )
    const config = join(both.folder, 'watchdog.yaml')
    const kafka = 'kafka: { brokers: "127.0.0.1:1" }'
    const clusters = `[{ name: test, ${kafka} }, { name: prod, ${kafka} }]`
    await writeFile(config, `{ store: "${both.folder}", clusters: ${clusters} }`)
    environment = { WATCHDOG_CONFIG: config }
  })
  afterAll(async () => {
    await both[Symbol.asyncDispose]()
  })

  test.each([
    ['', ['--group', 'near'], 0],
    [', and --check finds nothing', ['--group', 'safe', '--check'], 0],
    [', and --check finds it', ['--group', 'n*', '--check'], 1],
  ])('leaves out the cluster that lacks the group%s', async (_, args, code) => {
    const answer = await run(['status', '--json', ...args], environment)
    expect(answer).toMatchObject({ code, stderr: '' })
    expect(JSON.parse(answer.stdout).clusters).toMatchObject([{ cluster: 'prod' }])
  })

  test('fails for both if neither has the group', async () => {
    const { code, stdout, stderr } = await run(['status', '--group', 'nearr'], environment)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^cluster "test" has no .*\ncluster "prod" has no .* did you mean "near"\?\n$/)
  })
})
