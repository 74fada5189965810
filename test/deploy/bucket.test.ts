import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { manifestKey, takenAtOf } from '../../functions/store/keys.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { markedStore } from '../store/snapshots/marked.ts'
import { expiryOf, isDenied, type Statement } from './bucket-rules.ts'
import { packagedTemplate, type Template } from './template.ts'

const QUARTER = 15 * 60_000
const HOUR = 4 * QUARTER
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 10, 22)

let template: Template
const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-bucket-'))
beforeAll(async () => {
  template = await packagedTemplate('bucket', { storeLock: '30d', storeSharedWith: ['team-a', 'of/team-b'] })
})
afterAll(() => {
  template[Symbol.dispose]()
  rmSync(place, { recursive: true })
})

const propertiesOf = (name: string) => template.resources[name]?.Properties

describe.each([
  ['of this stack', ''],
  ['of another stack', 'team-a/'],
  ['of a third stack', 'of/team-b/'],
])("after the last snapshot %s, the bucket's rules keep the newest", (_, prefix) => {
  /** The keys that remain this number of days after the last snapshot. */
  const leftAfter = (marks: Map<string, string>, last: number, days: number) =>
    [...marks.keys()].filter(key => {
      const rules = propertiesOf('SnapshotBucket').LifecycleConfiguration.Rules
      const expiry = expiryOf(rules, prefix + key, { keep: marks.get(key) ?? '' })
      return expiry === undefined || (takenAtOf(key) ?? 0) + expiry * DAY > last + days * DAY
    })
  const timesOf = (keys: string[], folder: string) =>
    keys.filter(key => key.startsWith(folder)).map(key => ((takenAtOf(key) ?? 0) - midnight) / HOUR)

  /** A day of snapshots. From `replacedAt` on another cluster has the name. */
  async function historyUntil(last: number, replacedAt = Infinity) {
    const { objects, marks } = markedStore(mkdtempSync(join(place, 'store-')))
    for (let time = midnight; time <= last; time += QUARTER) {
      const clusterId = time < replacedAt ? 'one' : 'two'
      await snapshotStore(objects, () => time).write(snapshotOf([commitOf()], { takenAt: time, clusterId }))
    }
    return marks
  }
  const last = midnight + 5.5 * HOUR

  test.each([
    [1, 23],
    [13, 23],
    [15, 7],
    [92, 2],
    [398, 1],
    [5000, 1],
  ])('after %d days: %d snapshots', async (days, count) => {
    const left = leftAfter(await historyUntil(last), last, days)
    const manifests = timesOf(left, 'manifests/')
    expect(manifests).toHaveLength(count)
    expect(manifests).toContain(5.5)
    // Rows never expire before their manifest.
    expect(timesOf(left, 'snapshots/')).toEqual(expect.arrayContaining(manifests))
  })

  test('including the last one of a replaced cluster', async () => {
    const left = leftAfter(await historyUntil(last, midnight + 3 * HOUR), last, 5000)
    expect(timesOf(left, 'manifests/')).toEqual([2.75, 5.5])
    expect(timesOf(left, 'snapshots/')).toEqual([2.75, 5.5])
  })
})

test('with storeLock the bucket has Object Lock', () => {
  expect(propertiesOf('SnapshotBucket').ObjectLockEnabled).toBe(true)
})

test('each lifecycle rule has a unique name', () => {
  const rules: { Id: string }[] = propertiesOf('SnapshotBucket').LifecycleConfiguration.Rules
  expect(new Set(rules.map(({ Id }) => Id)).size).toBe(3 * 6 + 1)
})

describe('the bucket policy', () => {
  const statements = (): Statement[] => propertiesOf('SnapshotBucketPolicy').PolicyDocument.Statement
  const secure = { 'aws:SecureTransport': 'true' }
  const tagged = (keep: string) => ({ ...secure, 's3:ExistingObjectTag/keep': keep })
  const key = manifestKey('prod', midnight)
  const changes = ['s3:PutObjectTagging', 's3:DeleteObjectTagging', 's3:PutObjectVersionTagging']

  test.each([
    { what: 'tagging a new object', action: 's3:PutObjectTagging', context: secure, denied: false },
    {
      what: 'tagging the newest snapshot again',
      action: 's3:PutObjectTagging',
      context: tagged('newest'),
      denied: false,
    },
    ...changes.flatMap(action =>
      ['day', 'hour', 'other', 'unknown', ''].map(keep => ({
        what: `${action} with the tag "${keep}"`,
        action,
        context: tagged(keep),
        denied: true,
      })),
    ),
    { what: 'reading a snapshot', action: 's3:GetObject', context: tagged('day'), denied: false },
    {
      what: 'reading a snapshot without TLS',
      action: 's3:GetObject',
      context: { 'aws:SecureTransport': 'false' },
      denied: true,
    },
    { what: 'overwriting a snapshot', action: 's3:PutObject', context: secure, denied: true },
    {
      what: 'writing a snapshot once',
      action: 's3:PutObject',
      context: { ...secure, 's3:if-none-match': '*' },
      denied: false,
    },
  ])('$what: denied $denied', ({ action, context, denied }) => {
    for (const prefix of ['', 'team-a/', 'of/team-b/'])
      for (const each of [prefix + key, prefix + key.replace('manifests', 'snapshots')])
        expect(isDenied(statements(), { action, key: each, context })).toBe(denied)
  })

  test.each([
    'alerts/cluster=prod/state.json',
    'team-a/alerts/cluster=prod/state.json',
    'team-c/snapshots/x',
  ])('does not restrict %s', key => {
    expect(isDenied(statements(), { action: 's3:PutObject', key, context: secure })).toBe(false)
  })
})
