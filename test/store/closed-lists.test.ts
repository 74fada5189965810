import { hash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  beforeReasons,
  type Commit,
  evidences,
  goneReasons,
  groupKinds,
  problemCodes,
  retentionSources,
  rules,
} from '../../functions/core/model/commit.ts'
import { type RestoreResult, rowOutcomes } from '../../functions/core/recovery/restore-record.ts'
import { modes, type SnapshotHead } from '../../functions/core/snapshot.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { keeps } from '../../functions/store/objects/object-store.ts'
import { restoreStore } from '../../functions/store/restores.ts'
import { type Manifest, readManifest, writeManifest } from '../../functions/store/snapshots/manifest.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../builders/snapshots.ts'
import { LATER, withLater } from './later-version.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-lists-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0
const emptyStore = () => folderStore(join(folder, String(files++)))

describe('a commit', () => {
  const gone = { earliest: takenAt - 1, latest: takenAt }
  const before = {
    offset: 1n,
    topicId: null,
    leaderEpoch: null,
    metadata: '',
    seenAt: 1,
    lostBy: 2,
    resetTo: 0n,
    foundInState: 'Stable',
  }
  const lists: { list: string; values: readonly string[]; commits: Partial<Commit>[] }[] = [
    { list: 'kind', values: groupKinds, commits: groupKinds.map(kind => ({ kind })) },
    { list: 'rule', values: rules, commits: rules.map(rule => ({ rule })) },
    { list: 'evidence', values: evidences, commits: evidences.map(evidence => ({ evidence })) },
    {
      list: 'gone reason',
      values: goneReasons,
      commits: goneReasons.map(reason => ({ gone: { ...gone, reason } })),
    },
    {
      list: 'reason of the previous commit',
      values: beforeReasons,
      commits: beforeReasons.map(reason => ({ previousCommit: { ...before, reason } })),
    },
  ]
  const store = (values: Partial<Commit>[]) => {
    const objects = emptyStore()
    const commits = values.map((value, partition) => commitOf({ ...value, partition }))
    return { objects, commits, snapshots: snapshotStore(objects, () => takenAt) }
  }

  test.each(lists)('is read back with each $list', async ({ commits: values }) => {
    const { commits, snapshots } = store(values)
    await snapshots.write(snapshotOf(commits))
    expect([...((await snapshots.newest('prod'))?.commits ?? [])]).toEqual(commits)
  })

  test.each(lists)(
    'has "unknown" for a $list of a later version',
    async ({ commits: values, values: words }) => {
      const { commits, snapshots } = store(values)
      const stored = snapshotOf(commits)
      for (const column of Object.values(stored.commits.columns)) {
        if (!('strings' in column)) continue
        column.strings.forEach((text, i) => {
          if (text !== 'unknown' && words.includes(text)) column.strings[i] = LATER
        })
      }
      await snapshots.write(stored)
      const read = [...((await snapshots.newest('prod'))?.commits ?? [])]
      expect(read).toHaveLength(commits.length)
      const text = JSON.stringify(read, (_, value) => (typeof value === 'bigint' ? String(value) : value))
      expect(text).not.toContain(LATER)
      expect(text).toContain('"unknown"')
    },
  )
})

describe('a manifest', () => {
  const [retention] = snapshotOf([]).head.retention
  if (!retention) throw new Error('the sample names no retention')
  const manifestOf = (head: Partial<SnapshotHead>, keep: Manifest['keep'] = 'day'): Manifest => ({
    head: snapshotOf([], head).head,
    keep,
    rowGroups: [],
    footer: { offset: 0, length: 1, sha256: 'ab' },
  })
  const problem = { scope: {}, message: 'it says so' }
  const lists = [
    {
      list: 'problem code',
      values: problemCodes,
      manifest: manifestOf({ problems: problemCodes.map(code => ({ ...problem, code })) }),
    },
    {
      list: 'source of a retention',
      values: retentionSources,
      manifest: manifestOf({ retention: retentionSources.map(source => ({ ...retention, source })) }),
    },
    ...modes.map(mode => ({ list: `mode ${mode}`, values: [mode], manifest: manifestOf({ mode }) })),
    ...keeps.map(keep => ({ list: `mark ${keep}`, values: [keep], manifest: manifestOf({}, keep) })),
  ]

  test.each(lists)('is read back with each $list', ({ manifest }) => {
    expect(readManifest(writeManifest(manifest))).toEqual(manifest)
  })

  test.each(lists)('has "unknown" for a $list of a later version', ({ manifest, values }) => {
    const read = readManifest(ofLaterVersion(writeManifest(manifest), values))
    const { problems, retention: retentions, mode } = read.head
    const found = [
      ...problems.map(({ code }) => code),
      ...retentions.map(({ source }) => source),
      mode,
      read.keep,
    ]
    expect(found).toContain('unknown')
    expect(found).not.toContain(LATER)
  })

  test('is read without the fields of a later version', () => {
    const manifest = manifestOf({ problems: [{ ...problem, code: 'unknown' }] })
    const { sha256: _, ...body } = JSON.parse(new TextDecoder().decode(writeManifest(manifest)))
    const later = { ...body, later: { field: 1 }, problems: [{ ...body.problems[0], since: 'later' }] }
    expect(readManifest(signed(JSON.stringify(later)))).toEqual(manifest)
  })

  function ofLaterVersion(written: Uint8Array, values: readonly string[]): Uint8Array {
    const { sha256: _, ...body } = JSON.parse(new TextDecoder().decode(written))
    return signed(values.reduce(withLater, JSON.stringify(body)))
  }
  const signed = (body: string) =>
    new TextEncoder().encode(JSON.stringify({ ...JSON.parse(body), sha256: hash('sha256', body) }))
})

describe('the record of a restore', () => {
  const result: RestoreResult = {
    cluster: 'prod',
    group: 'g',
    startedAt: takenAt,
    finishedAt: takenAt + 1,
    lookedAgainAt: null,
    rows: rowOutcomes.map((outcome, partition) => ({
      topic: 't',
      partition,
      outcome,
      target: 1n,
      found: null,
      why: null,
    })),
  }

  test('is read back with each outcome', async () => {
    const restores = restoreStore(emptyStore())
    await restores.end(result)
    expect(await restores.resultsOf('prod', 'g', 0)).toEqual([result])
  })

  test.each(rowOutcomes)('has "unknown" for an outcome of a later version: %s', async outcome => {
    const objects = emptyStore()
    await restoreStore(objects).end(result)
    const [key = ''] = await Array.fromAsync(objects.list('restores/'))
    const later = withLater(new TextDecoder().decode(await objects.read(key)), outcome)
    await objects.remove?.(key)
    await objects.create(key, new TextEncoder().encode(later))

    const expected = result.rows.map(row => (row.outcome === outcome ? { ...row, outcome: 'unknown' } : row))
    expect(await restoreStore(objects).resultsOf('prod', 'g', 0)).toEqual([{ ...result, rows: expected }])
  })
})
