import { hash } from 'node:crypto'
import * as v from 'valibot'
import { oneOf } from '../../core/closed-list.ts'
import { problemCodes, retentionSources } from '../../core/model/commit.ts'
import { logAbsences } from '../../core/reading.ts'
import { formatVersion, modes, type SnapshotHead } from '../../core/snapshot.ts'
import { MINUTE } from '../../core/time.ts'
import { type Keep, keeps } from '../objects/object-store.ts'

/** A range of the Parquet file, with its hash. */
export interface HashedRange {
  offset: number
  /** bytes */
  length: number
  sha256: string
}

export interface RowGroup extends HashedRange {
  rows: number
  firstKey: Key
  lastKey: Key
}

export interface Key {
  group: string
  topic: string
  partition: number
}

/** Stored beside a Parquet file, and after it: a snapshot exists when its manifest does. */
export interface Manifest {
  head: SnapshotHead
  keep: Keep
  /** Together the row groups and the footer cover the whole file, so every byte has its hash. */
  rowGroups: RowGroup[]
  footer: HashedRange
}

/** As JSON: times in ISO 8601, retention in minutes. `sha256` is the hash of the JSON before it. */
export function writeManifest({ head, keep, rowGroups, footer }: Manifest): Uint8Array {
  const body = {
    formatVersion: head.formatVersion,
    toolVersion: head.toolVersion,
    cluster: head.cluster,
    clusterId: head.clusterId,
    startedAt: new Date(head.takenAt).toISOString(),
    finishedAt: new Date(head.finishedAt).toISOString(),
    mode: head.mode,
    withoutLog: head.withoutLog,
    complete: head.complete,
    counts: head.counts,
    problems: head.problems,
    neverCommitted: head.neverCommitted.map(({ since, ...entry }) => ({
      ...entry,
      since: new Date(since).toISOString(),
    })),
    retention: head.retention.map(({ broker, retention, sweep, source }) => ({
      broker,
      minutes: retention === null ? null : retention / MINUTE,
      sweepMs: sweep,
      source,
    })),
    log: head.log,
    cursors: head.cursors,
    offsetsTopic: head.offsetsTopic,
    clockSkewMs: head.clockSkew,
    keep,
    rowGroups,
    footer,
  }
  return new TextEncoder().encode(
    JSON.stringify({ ...body, sha256: hash('sha256', JSON.stringify(body)) }, null, 2),
  )
}

/** @throws an error that ends the sentence "the manifest cannot be used: …", unless writeManifest wrote the bytes */
export function readManifest(bytes: Uint8Array): Manifest {
  const { sha256: expected, ...body } = v.parse(
    v.looseObject({ sha256: v.string() }),
    JSON.parse(new TextDecoder().decode(bytes)),
  )
  if (hash('sha256', JSON.stringify(body)) !== expected)
    throw new Error('its content does not match its hash')
  return v.parse(manifest, body)
}

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const hashedRange = v.object({ offset: count, length: count, sha256: v.string() })

const key = v.object({ group: v.string(), topic: v.string(), partition: v.number() })

const problem = v.object({
  scope: v.object({
    broker: v.exactOptional(v.number()),
    group: v.exactOptional(v.string()),
    topic: v.exactOptional(v.string()),
    partition: v.exactOptional(v.number()),
  }),
  code: oneOf(problemCodes),
  message: v.string(),
})

const neverCommitted = v.object({
  group: v.string(),
  topic: v.string(),
  partitions: v.array(count),
  since: time,
})

const cursor = v.object({
  partition: count,
  topicId: v.nullable(v.string()),
  leaderEpoch: v.number(),
  from: count,
  to: count,
  unreadableTo: count,
  coordinatorEpoch: v.number(),
})

const offsetsTopic = v.object({
  id: v.nullable(v.string()),
  partitions: count,
  placedOver: count,
  cleanupPolicy: v.nullable(v.string()),
  replicas: count,
  logs: v.array(v.object({ partition: count, start: count, leaderEpoch: v.number() })),
})

const retention = v.pipe(
  v.object({
    broker: v.number(),
    minutes: v.nullable(v.number()),
    sweepMs: v.number(),
    source: oneOf(retentionSources),
  }),
  v.transform(({ broker, minutes, sweepMs, source }) => ({
    broker,
    retention: minutes === null ? null : Math.round(minutes * MINUTE),
    sweep: sweepMs,
    source,
  })),
)

/**
 * Limit for the number of rows in a byte of a row group. A real row group of 8,000 rows that differ only in their key
 * takes 0.4 bytes a row.
 */
const MOST_ROWS_A_BYTE = 8

/** Limit in bytes for a Parquet file, enough for eight million rows of a usual cluster. */
const LARGEST_FILE = 256 * 2 ** 20

/** True if the parts follow each other, and are long enough for their rows. */
function isFile({ rowGroups, footer }: Pick<Manifest, 'rowGroups' | 'footer'>): boolean {
  let end = 0
  for (const { offset, length } of [...rowGroups, footer]) {
    if (offset !== end) return false
    end += length
  }
  return end <= LARGEST_FILE && rowGroups.every(({ rows, length }) => rows <= MOST_ROWS_A_BYTE * length)
}

// Fields of later versions are ignored; a later format is refused.
const manifest = v.pipe(
  v.object({
    formatVersion: v.pipe(count, v.maxValue(formatVersion, 'a newer version of offset-watchdog wrote it')),
    toolVersion: v.string(),
    cluster: v.string(),
    clusterId: v.string(),
    startedAt: time,
    finishedAt: time,
    mode: oneOf(modes),
    withoutLog: v.exactOptional(v.nullable(oneOf(logAbsences))),
    complete: v.boolean(),
    counts: v.object({ groups: count, commits: count, gone: count }),
    problems: v.array(problem),
    neverCommitted: v.optional(v.array(neverCommitted), []),
    retention: v.array(retention),
    log: v.optional(v.nullable(v.object({ caughtUp: v.boolean(), read: count, left: count })), null),
    cursors: v.optional(v.array(cursor), []),
    offsetsTopic: v.optional(v.nullable(offsetsTopic), null),
    clockSkewMs: v.number(),
    keep: oneOf(keeps),
    rowGroups: v.array(
      v.object({
        ...hashedRange.entries,
        rows: count,
        firstKey: key,
        lastKey: key,
      }),
    ),
    footer: hashedRange,
  }),
  v.check(parts => isFile(parts), 'its row groups cannot be those of a file'),
  v.transform(
    ({ startedAt, clockSkewMs, keep, rowGroups, footer, ...head }): Manifest => ({
      head: { ...head, takenAt: startedAt, clockSkew: clockSkewMs },
      keep,
      rowGroups,
      footer,
    }),
  ),
)
