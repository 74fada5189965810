import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { emptyAlertState, parseAlertState } from '../../functions/core/alerts/alert-state.ts'
import { command } from '../../functions/slack/messages/command.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { incidentOf } from '../builders/incidents.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { storeOf, type TestStore } from './store.ts'

// The user has the deployed store and nothing else: no configured cluster, no Kafka and no Slack. Every command that
// the docs, the help and the messages print must work in a shell as it is printed.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const sh = promisify(execFile)
const groups = ['my-group', 'orders', 'orders-2', 'payments-v1', '--a-group-that-begins-with-dashes']
const earliest = Date.UTC(2026, 10, 1)
let store: TestStore

beforeAll(async () => {
  const commits = groups.map(group => commitOf({ group, topic: 'team.orders' }))
  const [early, late] = [earliest, Date.now() - 60_000].map(takenAt =>
    snapshotOf(commits, { cluster: 'prod', takenAt, finishedAt: takenAt + 1000 }),
  )
  if (!early || !late) throw new Error('there are two snapshots')
  store = await storeOf(early, late)
  await mkdir(join(store.folder, 'bin'))
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'functions/cli/main.ts')}' "$@"\n`
  await writeFile(join(store.folder, 'bin/offset-watchdog'), program, { mode: 0o755 })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

/** Opens every group's incidents again, since an earlier command may have acknowledged them. */
async function openIncidents(): Promise<void> {
  const alerts = alertStore(openStore(store.folder), parseAlertState)
  const incidents = groups.flatMap(group => [
    incidentOf({ id: `id-of-${group}`, kind: 'loss', group, openedAt: earliest, level: null }),
    incidentOf({ id: `records-of-${group}`, kind: 'records-deadline', group, openedAt: earliest }),
  ])
  const current = await alerts.read('prod')
  await alerts.write('prod', { ...emptyAlertState('prod'), incidents }, current?.version)
}

/** Runs a line exactly as it is printed, in the store's folder. */
async function typed(line: string) {
  const env = { PATH: `${store.folder}/bin:${process.env.PATH}`, WATCHDOG_STORE: store.folder }
  return sh('sh', ['-c', line], { env, cwd: store.folder }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  )
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const sources = [
  'README.md',
  ...readdirSync(join(repository, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
  // The help ends with examples.
  ...['commands', 'flags'].flatMap(folder =>
    readdirSync(join(repository, 'functions/cli', folder)).map(name => `functions/cli/${folder}/${name}`),
  ),
]

const linesOf = (path: string, names: string) =>
  [...read(path).matchAll(new RegExp(`^ *(?:\\$ )?(offset-watchdog (?:${names}) [^\`|\\n]*)`, 'gm'))]
    .map(([, line = '']) => line.trim())
    .filter(line => !/GROUP|\\$/.test(line))

const printed = (names: string) =>
  sources.flatMap(path => linesOf(path, names).map(line => [path, line] as const))

describe('printed commands with a store alone', () => {
  const all = printed('lookup|status|ack')
  const elsewhere = all.filter(([, line]) => line.includes('s3://'))
  const reading = all.filter(([, line]) => !/--prometheus|s3:/.test(line))
  const estimating = all.filter(([, line]) => line.includes('--prometheus'))

  test('there are commands to try', () => {
    expect(new Set(reading.map(([path]) => path)).size).toBeGreaterThan(4)
  })

  test.each(reading)('%s: %s', async (_, line) => {
    await openIncidents()
    const { code, stderr } = await typed(line)
    // `status --check` exits with 1 if it found something.
    expect({ code: line.includes('--check') && code === 1 ? 0 : code, stderr }).toEqual({
      code: 0,
      stderr: '',
    })
  })

  test.each(elsewhere)('%s: %s asks the stores that it names', async (_, line) => {
    const { code, stderr } = await typed(line)
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^cannot read the store s3:.*\ncannot read the store s3:/),
    })
  })

  test.each(estimating)('%s: %s asks the Prometheus that it names', async (_, line) => {
    const { code, stderr } = await typed(line)
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('Prometheus at prometheus:9090'),
    })
  })

  test.each(['lookup', 'ack'] as const)('the %s command that Slack prints works', async name => {
    await openIncidents()
    const flags = name === 'ack' ? [[], ['--at-risk', 'records']] : [[]]
    for (const group of groups)
      for (const each of flags)
        expect(await typed(command(name, group, 'prod', ...each) ?? '')).toMatchObject({ code: 0 })
  })

  test.each(printed('restore'))('%s: %s names the settings that it needs', async (_, line) => {
    const { code, stderr } = await typed(
      line.includes('offsets.csv') ? `echo team.orders,0,1 > offsets.csv; ${line}` : line,
    )
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('the store has cluster "prod", but a restore writes to its Kafka'),
    })
    expect(stderr).toContain('set WATCHDOG_CLUSTER=prod and KAFKA_BROKERS')
  })
})

/** Commander's messages for mistakes in a command line. */
const mistyped = /unknown (option|command)|missing required|argument missing|too many arguments|is invalid/

describe('printed commands that need more than a store parse without a mistake', () => {
  const inText = (names: string) => new RegExp(`\`(offset-watchdog (?:${names})(?: [^\`…<]*)?)\``, 'g')
  const names = 'doctor|snapshot|run|watch|prune'
  const lines = sources.flatMap(path => [
    ...linesOf(path, names),
    ...[...read(path).matchAll(inText(names))].map(([, line = '']) => line.replace(/\s+/g, ' ')),
  ])

  test('a mistyped option is noticed', async () => {
    expect((await typed('offset-watchdog doctor --clutser prod')).stderr).toMatch(mistyped)
  })

  test.each([...new Set(lines)])('%s', async line => {
    // Another folder, since prune removes snapshots.
    const { stderr } = await typed(`export WATCHDOG_STORE=./another; ${line}`)
    expect(stderr).not.toMatch(mistyped)
  })
})

describe('among several clusters in a store,', () => {
  let two: TestStore
  const snapshot = (cluster: string, ...names: string[]) =>
    snapshotOf(
      names.map(group => commitOf({ group })),
      { cluster },
    )

  beforeAll(async () => {
    two = await storeOf(
      snapshot('prod', 'a', 'both'),
      snapshot('prod-2', 'b', 'both'),
      snapshot('test.1', 'c'),
    )
  })
  afterAll(async () => {
    await two[Symbol.asyncDispose]()
  })

  const ask = async (...args: string[]) => {
    const line = [
      'exec',
      `'${process.execPath}'`,
      `'${join(repository, 'functions/cli/main.ts')}'`,
      ...args,
    ].join(' ')
    const env = { PATH: process.env.PATH, WATCHDOG_STORE: two.folder }
    return sh('sh', ['-c', line], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    )
  }

  test.each([
    ['the one that has the group', ['lookup', 'b', '--csv'], { code: 0, stdout: 'team.orders,0,42\n' }],
    ['the one that was chosen', ['lookup', 'both', '--csv', '--cluster', 'prod-2'], { code: 0 }],
    [
      'none, if two have the group',
      ['lookup', 'both'],
      { code: 2, stderr: 'group "both" is in the clusters prod and prod-2: choose one with --cluster.\n' },
    ],
    [
      'none, if the store does not have it',
      ['status', '--cluster', 'other'],
      {
        code: 2,
        stderr: expect.stringMatching(
          /^cluster "other" is neither configured nor in the store .*: choose "prod" or "prod-2" or "test.1"/,
        ),
      },
    ],
    [
      'none, for restore',
      ['restore', 'a'],
      { code: 2, stderr: 'there are several clusters (prod, prod-2, test.1): choose one with --cluster.\n' },
    ],
  ])('%s answers', async (_, args, expected) => {
    expect(await ask(...args)).toMatchObject(expected)
  })
})
