import type { Circumstances } from './circumstances.ts'
import { CommitTable } from './commit-table.ts'
import { goneReason, logKey, newTombstone, withLogged } from './logged.ts'
import type { BrokerRetention, Commit } from './model.ts'
import { isRecreated, KEEP_LOST, type Observed, observe, positionOf } from './observe.ts'
import { emptyClock } from './observed-clock.ts'
import type { GroupReading, Reading, TopicReading } from './reading.ts'

export interface MergeOptions {
  /** finishedAt of the snapshot that `base` is from. */
  previousReadAt: number | null
  clockSkew: number
  /** Whether a group's commit metadata is stored. */
  keepsMetadata(group: string): boolean
  /** How long a group's gone rows are kept, in ms. */
  keepsGone(group: string): number
}

export const DEFAULT_KEEP_GONE = KEEP_LOST

/**
 * The next snapshot's rows, from the last one's and a new reading: what was seen is observed, what is confirmed absent
 * is gone, and what could not be read is carried over as it was.
 */
export function merge(base: CommitTable, reading: Reading, options: MergeOptions): CommitTable {
  const next = CommitTable.empty(base.length + reading.offsets.length)
  const before = groupRanges(base)
  const retentions = new Map(reading.brokers.map(broker => [broker.broker, broker]))

  for (const name of [...new Set([...before.keys(), ...reading.groups.keys()])].sort()) {
    const rows = rowsOf(base, before.get(name))
    const group = reading.groups.get(name)
    const carriedOver = (row: Commit) => withLogged(row, reading.log?.of(name))
    const retention = group && retentions.get(group.coordinator)
    const merged =
      group && retention ? mergeGroup(name, rows, group, reading, retention, options) : rows.map(carriedOver)

    for (const commit of merged) {
      const kept = commit.gone === null || reading.finishedAt - commit.gone.latest <= options.keepsGone(name)
      if (kept) next.push(commit)
    }
  }
  return next
}

function mergeGroup(
  name: string,
  rows: Commit[],
  group: GroupReading,
  reading: Reading,
  retention: BrokerRetention,
  options: MergeOptions,
): Commit[] {
  const at: Circumstances = {
    group,
    startedAt: reading.startedAt,
    finishedAt: reading.finishedAt,
    previousReadAt: options.previousReadAt,
    retention: retention.retention,
    sweep: retention.sweep,
    clockSkew: options.clockSkew,
    log: reading.log?.of(name),
  }
  const empty = emptyClock(rows, at)
  const baseByKey = new Map(rows.map(row => [logKey(row), row]))
  const absent = new Set(group.absent.map(logKey))

  const merged: Commit[] = []
  for (const seen of observedOf(group, reading, options)) {
    const key = logKey(seen)
    merged.push(observe(baseByKey.get(key), seen, at, empty))
    baseByKey.delete(key)
  }
  for (const [key, row] of baseByKey) {
    if (row.gone) merged.push({ ...row, state: group.state })
    else
      merged.push(absent.has(key) ? goneNow(row, reading.topics.get(row.topic), at) : withLogged(row, at.log))
  }
  return merged.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

function* observedOf(
  group: GroupReading,
  { offsets, topics }: Reading,
  options: MergeOptions,
): Generator<Observed> {
  for (let i = group.from; i < group.to; i++) {
    const [name, topic, partition] = [offsets.group[i], offsets.topic[i], offsets.partition[i]]
    const [offset, leaderEpoch] = [offsets.offset[i], offsets.leaderEpoch[i]]
    if (name === undefined || topic === undefined || partition === undefined || offset === undefined) continue

    const log = topics.get(topic)?.log.get(partition)
    yield {
      group: name,
      topic,
      partition,
      topicId: topics.get(topic)?.id ?? null,
      offset,
      leaderEpoch: leaderEpoch === undefined || leaderEpoch < 0 ? null : leaderEpoch,
      metadata: options.keepsMetadata(name) ? (offsets.metadata[i] ?? '') : null,
      pending: offsets.pending[i] === 1,
      logStart: log?.start ?? null,
      logEnd: log?.end ?? null,
    }
  }
}

/** Only the tombstone of the offset itself tells when it went, and expiry from deletion. */
function goneNow(row: Commit, topic: TopicReading | undefined, at: Circumstances): Commit {
  const logged = newTombstone(row, at.log)
  const tombstoneAt = logged?.tombstoneAt ?? null
  const isDeletedTopic = topic !== undefined && (topic.deleted || isRecreated(row, topic.id))
  const reason = at.log && tombstoneAt !== null ? goneReason(row, tombstoneAt, at.log, at) : 'unknown'
  return {
    ...row,
    ...(logged?.before && tombstoneAt !== null ? positionOf(logged.before, row) : {}),
    state: at.group.state,
    runningFrom: at.startedAt,
    logged: null,
    gone: {
      reason: isDeletedTopic ? 'topic-deleted' : reason,
      earliest: tombstoneAt ?? row.seenFrom - at.clockSkew,
      latest: tombstoneAt ?? at.finishedAt + at.clockSkew,
    },
  }
}

/** Where each group's rows begin and end: they are contiguous, as the table is sorted. */
function groupRanges(table: CommitTable): Map<string, { from: number; to: number }> {
  const ranges = new Map<string, { from: number; to: number }>()
  const groups = table.columns.group_id
  for (let i = 0; i < table.length; i++) {
    const name = groups[i]
    if (typeof name !== 'string') continue
    const range = ranges.get(name)
    if (range) range.to = i + 1
    else ranges.set(name, { from: i, to: i + 1 })
  }
  return ranges
}

function rowsOf(table: CommitTable, range = { from: 0, to: 0 }): Commit[] {
  const rows: Commit[] = []
  for (let i = range.from; i < range.to; i++) rows.push(table.at(i))
  return rows
}
