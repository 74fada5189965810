import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { metricsOf } from '../../../functions/cli/commands/metrics.ts'
import { readSettings } from '../../../functions/config/settings.ts'
import type { Snapshot } from '../../../functions/core/snapshot.ts'
import { readableIn } from '../../../functions/wiring/clusters.ts'
import { pageSourceOf } from '../../../functions/wiring/page.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { run } from '../run.ts'
import { day, hour, minute } from '../sample.ts'
import { storeOf, type TestStore } from '../store.ts'

const now = Date.now()
const taken = (cluster: string, group: string, head: Partial<Snapshot['head']> = {}) =>
  snapshotOf([commitOf({ group, deadline: null, clockStart: null })], {
    cluster,
    takenAt: now - minute,
    finishedAt: now - minute,
    ...head,
  })

let one: TestStore
let other: TestStore
beforeAll(async () => {
  one = await storeOf(taken('prod', 'orders'), taken('test', 'trial'))
  other = await storeOf(taken('prod', 'billing'))
})
afterAll(async () => {
  await one?.[Symbol.asyncDispose]()
  await other?.[Symbol.asyncDispose]()
})

/** A path below a file cannot be listed. */
const unreadable = `${fileURLToPath(import.meta.url)}/store`
const settings = readSettings({}, () => '')
const both = () => ['--store', one.folder, '--store', other.folder]
const status = (...args: string[]) => run(['status', ...args])

describe('status of two stores that each have a cluster "prod"', () => {
  test('shows the clusters of both with their stores, even if a third store cannot be read', async () => {
    const { code, stdout, stderr } = await status('--store', unreadable, ...both())
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^[^\n]*several-stores\.test\.ts[^\n]*\n$/),
    })
    const titles = stdout.split('\n').filter(line => line.includes('snapshot of'))
    expect(titles.map(line => line.replace(/ · .* · /, ' '))).toEqual([
      `prod in ${one.folder}`,
      `test in ${one.folder}`,
      `prod in ${other.folder}`,
    ])
  })

  test('--json names the store of each cluster', async () => {
    const { code, stdout, stderr } = await status(...both(), '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout).clusters).toMatchObject([
      { cluster: 'prod', store: one.folder, commits: [{ group: 'orders' }] },
      { cluster: 'test', store: one.folder, commits: [{ group: 'trial' }] },
      { cluster: 'prod', store: other.folder, commits: [{ group: 'billing' }] },
    ])
  })

  test('looks for a group in both, and names the store in an error', async () => {
    const { code, stderr } = await status(...both(), '--cluster', 'prod', '--group', 'bilings')
    expect(code).toBe(3)
    expect(stderr).toContain(`in ${one.folder}: cluster "prod" has no offsets of a group "bilings"`)
    expect(stderr).toContain(`in ${other.folder}: cluster "prod" has no offsets of a group "bilings"`)
  })

  test("--check exits with the worse store's code, and names that store", async () => {
    await using old = await storeOf(taken('prod', 'orders', { takenAt: now - day, finishedAt: now - day }))
    const { code, stderr } = await status('--store', old.folder, '--store', other.folder, '--check')
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining(`in ${old.folder}: the newest snapshot of cluster "prod" is 1 d old`),
    })
  })

  test('refuses a bucket without its slashes before it reads anything', async () => {
    expect(await status('--store', 's3:bucket', '--store', other.folder)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Write a bucket as s3://bucket/prefix'),
    })
  })

  test('metrics have a label for the store, so that no series occurs twice', async () => {
    const { clusters } = await readableIn(settings, [one.folder, other.folder], undefined)
    const { text } = await metricsOf({ groups: '*', partitions: true, names: 'own' }, clusters)()
    const series = text.split('\n').map(line => line.replace(/ [^ ]*$/, ''))
    expect(series).toContain(`offset_watchdog_up{cluster="prod",store="${other.folder}"}`)
    expect(series.filter(line => line.startsWith('offset_watchdog_offset{'))).toHaveLength(3)
    expect(new Set(series).size).toBe(series.length)
  })
})

describe('the clusters of several stores', () => {
  const read = async (stores: string[], name?: string) => {
    const { clusters, failures } = await readableIn(settings, stores, name)
    return {
      found: clusters.map(({ cluster, settings: { store } }) => [cluster.name, store]),
      failures: failures.map(({ exitCode, message }) => [exitCode, message]),
    }
  }

  test('--cluster chooses in each store; a store that is named twice is read once', async () => {
    expect(await read([one.folder, other.folder, one.folder], 'prod')).toEqual({
      found: [
        ['prod', one.folder],
        ['prod', other.folder],
      ],
      failures: [],
    })
  })

  test.each([
    { trouble: 'a path that is not a folder', store: unreadable, code: 3, says: 'several-stores.test.ts' },
    {
      trouble: 'an empty store',
      store: '/nowhere',
      code: 3,
      says: 'the store /nowhere has no snapshot yet: ',
    },
    { trouble: 'another scheme', store: 'ftp://a/b', code: 2, says: 'the store ftp://a/b is not supported' },
  ])('$trouble gets one sentence, and the other store is still read', async ({ store, code, says }) => {
    expect(await read([store, other.folder])).toEqual({
      found: [['prod', other.folder]],
      failures: [[code, expect.stringContaining(says)]],
    })
  })

  test('a cluster in no store is a mistake, unless a store that cannot be read may have it', async () => {
    const sentence = 'cluster "prdo" is in none of the stores that can be read: choose "prod" or "test".'
    expect((await read([one.folder, other.folder], 'prdo')).failures).toEqual([[2, sentence]])
    expect((await read([one.folder, unreadable], 'prdo')).failures.at(-1)).toEqual([3, sentence])
  })
})

describe('the page of several stores', () => {
  const sourceOf = async (...stores: string[]) => {
    const { clusters, failures } = await readableIn(settings, stores, undefined)
    return pageSourceOf(clusters, {}, failures)
  }

  test('names the store if two have a cluster of the same name, and reads the right one', async () => {
    const source = await sourceOf(one.folder, other.folder)
    const labels = [`prod in ${one.folder}`, 'test', `prod in ${other.folder}`]
    expect(source.clusters).toEqual(labels)
    const groups = await Promise.all(
      labels.map(async label => (await source.overview(label)).groups.map(({ group }) => group)),
    )
    expect(groups).toEqual([['orders'], ['trial'], ['billing']])

    const [, , label = ''] = labels
    expect((await source.lookUp(label, 'billing')).offsets).toHaveLength(1)
    const { readings } = await source.history(label, 'billing', { since: now - hour, every: minute })
    expect(readings).toHaveLength(1)
  })

  test('says why a store is missing, and shows the others', async () => {
    const source = await sourceOf(unreadable, other.folder)
    expect(source.clusters).toEqual(['prod'])
    expect(source.missing).toEqual([expect.stringContaining('several-stores.test.ts')])
  })
})
