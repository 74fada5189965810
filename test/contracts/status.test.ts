import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { statusJson, statusLines } from '../../functions/contracts/status.ts'
import { statusOf } from '../../functions/jobs/status.ts'
import { unreadOf } from '../builders/commits.ts'
import { commitOf, snapshotOf, takenAt } from '../builders/snapshots.ts'
import { sample } from '../cli/sample.ts'
import { cluster, context, everything, now, status } from '../jobs/status-of-sample.ts'

const schema: object = JSON.parse(
  readFileSync(new URL('../../docs/status.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ strict: true, allErrors: true, strictTypes: false })
addFormats.default(ajv)
const isValid = ajv.compile(schema)

/** The JSON as another program reads it. */
const read = (snapshot = sample(now)) => JSON.parse(JSON.stringify(statusJson([status({}, snapshot)])))

test('the schema accepts a group of every kind', () => {
  isValid(read())
  expect(isValid.errors ?? []).toEqual([])
})

test('the schema accepts a commit with only a key, and times beyond any calendar', () => {
  const least = commitOf({
    topicId: null,
    leaderEpoch: null,
    metadata: null,
    logStart: null,
    logEnd: null,
    clockStart: null,
    expiresAt: 2 ** 63,
    deadline: { earliest: 2 ** 63, latest: 2 ** 63 },
    offset: 2n ** 63n - 1n,
  })
  const problem = { scope: { broker: 3, group: 'g' }, code: 'unreachable', message: 'm' } as const
  const json = read(
    snapshotOf([least], {
      problems: [problem],
      retention: [{ broker: 1, retention: null, sweep: 1, source: 'default' }],
    }),
  )
  isValid(json)
  expect(isValid.errors ?? []).toEqual([])
  expect(json.clusters[0].commits[0]).toMatchObject({
    offset: '9223372036854775807',
    expiresAt: '9999-12-31T23:59:59.999Z',
  })
})

test('states the owner of a group and its last member', () => {
  const lastMember = { clientId: 'billing-3', host: '10.1.2.3', seenAt: now }
  const gone = { reason: 'unknown', earliest: now, latest: now } as const
  const routes = [{ pattern: 'a', channel: undefined, mention: undefined, owner: 'team-a' }]
  const snapshot = snapshotOf([commitOf({ group: 'a' }), commitOf({ group: 'b', lastMember, gone })])
  const json = JSON.parse(
    JSON.stringify(
      statusJson([
        {
          ...statusOf(
            snapshot,
            { ...context, cluster: { ...cluster, policy: { ...cluster.policy, routes } } },
            everything,
          ),
          store: '/data',
          silences: [],
        },
      ]),
    ),
  )
  isValid(json)
  expect(isValid.errors ?? []).toEqual([])
  expect(json.clusters[0]).toMatchObject({
    commits: [{ group: 'a', owner: 'team-a', lastMember: null }],
    gone: [
      {
        group: 'b',
        owner: null,
        lastMember: { clientId: 'billing-3', host: '10.1.2.3', lastSeenAt: new Date(now).toISOString() },
      },
    ],
  })
})

test('lists never-committed partitions after two intervals', () => {
  const hour = 3_600_000
  const entry = { group: 'c', topic: 'orders', partitions: [0, 3], since: takenAt - hour }
  const snapshot = snapshotOf([commitOf()], {
    neverCommitted: [entry, { ...entry, topic: 'new', since: takenAt - 1000 }],
  })
  const json = read(snapshot)
  isValid(json)
  expect(isValid.errors ?? []).toEqual([])
  expect(json.clusters[0].neverCommitted).toEqual([{ ...entry, since: '2026-11-22T13:00:00.123Z' }])
  expect([...statusLines([status({}, snapshot)])].at(-1)).toMatchObject({
    type: 'never-committed',
    group: 'c',
  })
  expect(read(snapshotOf([commitOf()])).clusters[0].neverCommitted).toEqual([])
})

test('states unread records and their loss, even with times beyond any calendar', () => {
  const bounded = unreadOf(0, { atMost: 57n })
  const hour = 3_600_000
  const json = read(
    snapshotOf([
      commitOf({ group: 'a', unread: { ...bounded, earliest: now + 5 * hour, latest: 2 ** 63 } }),
      commitOf({ group: 'b', unread: { ...bounded, earliest: now + 100 * hour, latest: null } }),
      commitOf({
        group: 'c',
        unread: unreadOf(0, { atMost: 1n, evidence: 'size', retention: null, earliest: null, latest: null }),
      }),
      commitOf({ group: 'd', lostRecords: { atMost: 9n, upTo: 50n, lastAt: now } }),
      commitOf({ group: 'e' }),
    ]),
  )
  isValid(json)
  expect(isValid.errors ?? []).toEqual([])
  const [a, b, c, d, e] = json.clusters[0].commits
  expect(a).toMatchObject({
    recordsLevel: 'last',
    records: {
      unreadAtMost: '57',
      evidence: 'bounded',
      retentionMs: 604_800_000,
      deadline: { earliest: '2026-11-22T21:00:00.000Z', latest: '9999-12-31T23:59:59.999Z' },
      lost: null,
    },
  })
  expect(b).toMatchObject({ recordsLevel: null, records: { deadline: { latest: null } } })
  expect(c).toMatchObject({ recordsLevel: null, records: { evidence: 'size', deadline: null } })
  expect(d.records).toEqual({
    unreadAtMost: '0',
    evidence: null,
    retentionMs: null,
    deadline: null,
    lost: { atMost: '9', lastSeenAt: '2026-11-22T16:00:00.000Z' },
  })
  expect(e).toMatchObject({ records: null, recordsLevel: null })
})

test('states the lag, the previous commit, the ignore rule, and offsets that are gone', () => {
  const { commits, gone } = read().clusters[0]
  expect(commits.find(({ group }: { group: string }) => group === 'shipping')).toMatchObject({
    offset: '12',
    lag: '5088',
    before: { offset: '5000', seenAt: '2026-11-22T13:00:00.000Z', reason: 'unknown' },
  })
  expect(commits.find(({ group }: { group: string }) => group === 'console-consumer-1').ignored).toEqual({
    reason: 'thrown away',
    until: null,
  })
  expect(gone).toMatchObject([
    { topic: 'team.audit', offset: '777', lastSeenAt: '2026-11-22T14:00:00.000Z', reason: 'unknown' },
    { topic: 'team.old', reason: 'topic-deleted' },
  ])
})

test('the line format has the same content', () => {
  const lines = [...statusLines([status()])].map(line => JSON.parse(JSON.stringify(line)))
  const [{ commits, gone, neverCommitted, silences, ...head }] = read().clusters
  const of = { cluster: 'prod', store: 's3://offsets/team-a' }
  const typed = (type: string) => (row: object) => ({ type, ...of, ...row })
  expect(lines[0]).toEqual({ type: 'cluster', schemaVersion: 1, ...head })
  expect(lines.filter(({ type }) => type === 'commit')).toEqual(commits.map(typed('commit')))
  expect(lines.filter(({ type }) => type === 'gone')).toEqual(gone.map(typed('gone')))
  expect([neverCommitted, silences]).toEqual([[], []])
})

test('lists the silences', () => {
  const silence = { pattern: 'payments-*', from: now, until: now + 3_600_000, reason: 'migration', by: null }
  const silent = { ...status(), silences: [{ id: 'x', leftOut: [], ...silence }] }
  const json = JSON.parse(JSON.stringify(statusJson([silent])))
  isValid(json)
  expect(isValid.errors ?? []).toEqual([])
  const [told] = json.clusters[0].silences
  expect(told).toEqual({
    ...silence,
    from: new Date(now).toISOString(),
    until: new Date(now + 3_600_000).toISOString(),
  })
  expect([...statusLines([silent])].at(-1)).toMatchObject({ type: 'silence', cluster: 'prod', ...told })
})

/** The path of every key, except in a scope, where all keys are optional. */
const paths = (value: unknown, at: string[] = []): string[][] =>
  value instanceof Object && at.at(-1) !== 'scope'
    ? Object.entries(value).flatMap(([key, one]) => {
        const path = [...at, key]
        return Array.isArray(value) ? paths(one, path) : [path, ...paths(one, path)]
      })
    : []

/** An answer in which each field that may be null has a value at least once. */
const oneOfEach = () => {
  const json = read(sample(now, { problems: [{ scope: {}, code: 'unknown', message: 'm' }] }))
  const [cluster] = json.clusters
  const has = (key: string) => cluster.commits.find((commit: Record<string, unknown>) => commit[key])
  cluster.commits = [has('before'), has('ignored')]
  cluster.gone = cluster.gone.slice(0, 1)
  return json
}

test.each(paths(oneOfEach()).map(path => [path.join('.'), path] as const))(
  '%s is required, and has one type',
  (_, path) => {
    const json = oneOfEach()
    const key = path.at(-1) ?? ''
    const parent = path.slice(0, -1).reduce((value, step) => value[step], json)
    const was = parent[key]

    delete parent[key]
    expect(isValid(json)).toBe(false)
    parent[key] = Array.isArray(was) ? {} : []
    expect(isValid(json)).toBe(false)
  },
)
