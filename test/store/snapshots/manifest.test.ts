import { describe, expect, test } from '@jest/globals'
import { type Manifest, readManifest, writeManifest } from '../../../functions/store/snapshots/manifest.ts'
import { snapshotOf } from '../../builders/snapshots.ts'
import { hostileTexts } from './arbitrary.ts'

const key = (group: string) => ({ group, topic: '../x', partition: 1 })
const manifest: Manifest = {
  head: snapshotOf([], {
    problems: hostileTexts.map(text => ({
      scope: { group: text, topic: text },
      code: 'unknown',
      message: text,
    })),
    retention: [
      { broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' },
      { broker: 2, retention: null, sweep: 600_000, source: 'settings' },
      { broker: 3, retention: 90_500, sweep: 600_000, source: 'default' },
    ],
  }).head,
  keep: 'hour',
  rowGroups: [{ offset: 0, length: 9, sha256: 'ab', rows: 2, firstKey: key('a\uD800'), lastKey: key('b\n') }],
  footer: { offset: 9, length: 5, sha256: 'cd' },
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (json: string) => new TextEncoder().encode(json)

describe('the manifest', () => {
  test('is read back unchanged', () => {
    expect(readManifest(writeManifest(manifest))).toEqual(manifest)
  })

  test('is JSON that other programs read', () => {
    expect(JSON.parse(text(writeManifest(manifest)))).toMatchObject({
      formatVersion: 1,
      cluster: 'prod',
      startedAt: '2026-11-22T14:00:00.123Z',
      finishedAt: '2026-11-22T14:00:04.123Z',
      clockSkewMs: 60_000,
      retention: [{ minutes: 10_080, sweepMs: 600_000 }, { minutes: null }, {}],
    })
  })

  test('means the same with other white space', () => {
    const compact = JSON.stringify(JSON.parse(text(writeManifest(manifest))))
    expect(readManifest(bytes(compact))).toEqual(manifest)
  })

  test('is refused if any of its bytes is wrong', () => {
    const retention = manifest.head.retention.slice(0, 2)
    const written = writeManifest({ ...manifest, head: { ...manifest.head, problems: [], retention } })
    for (let at = 0; at < written.length; at++) {
      const flipped = written.slice()
      flipped[at] = (written[at] ?? 0) ^ 1
      expect(() => readManifest(flipped)).toThrow()
    }
  })

  test('of a newer format is refused with that reason', () => {
    const head = { ...manifest.head, formatVersion: 2 }
    expect(() => readManifest(writeManifest({ ...manifest, head }))).toThrow(
      'a newer version of offset-watchdog wrote it',
    )
  })
})
