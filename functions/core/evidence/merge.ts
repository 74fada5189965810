import { CommitTable } from '../columns/commit-table.ts'
import { compareKeys, groupRanges } from '../columns/key-order.ts'
import { type BrokerRetention, type Commit, isTold, type LastMember } from '../model/commit.ts'
import { hasNoMembers } from '../model/group-state.ts'
import type { PlannedOffset } from '../model/planned-offset.ts'
import { keyOf } from '../model/topic-partition.ts'
import { isAnotherTopic, isMoving, type OffsetsTopic } from '../offsets-topic.ts'
import type { Absence, GroupReading, Reading, TimeProbe, TopicReading } from '../reading.ts'
import { reasonWithoutTombstone } from './forgotten.ts'
import { goneReason, newTombstone, withLogged } from './logged.ts'
import { isRecreated, observe, offsetAndMetadataOf } from './observe.ts'
import { emptyClock } from './observed-clock.ts'
import type { Observed, ReadingContext } from './reading-context.ts'

export interface MergeOptions {
  /** finishedAt of the snapshot that `previous` comes from. */
  previousReadAt: number | null
  /** Retentions according to the last snapshot. */
  retentions?: readonly BrokerRetention[]
  clockSkew: number
  /** Offsets that this tool's restores have written since the last snapshot, or may have. */
  restored: readonly PlannedOffset[]
  /** `__consumer_offsets` according to the last snapshot. */
  offsetsTopic?: OffsetsTopic | null
  /** True if a group's commit metadata is stored. */
  keepsMetadata(group: string): boolean
  /** True if a group's last member is stored. */
  keepsMembers(group: string): boolean
  /** How long a group's gone rows are kept, ms. */
  keepsGone(group: string): number
}

/**
 * Builds the rows of the next snapshot from the last rows and a new reading. An offset in the reading gets a new row,
 * an offset that is confirmed absent is marked as gone, and an offset that could not be read keeps its row.
 */
export function merge(previous: CommitTable, reading: Reading, options: MergeOptions): CommitTable {
  const next = CommitTable.empty(previous.length + reading.offsets.length)
  const before = groupRanges(previous)
  const retentions = new Map(reading.brokers.map(broker => [broker.broker, broker]))

  for (const name of [...new Set([...before.keys(), ...reading.groups.keys()])].sort()) {
    const rows = rowsOf(previous, before.get(name))
    const group = reading.groups.get(name)
    const carriedOver = (row: Commit) => ({
      ...withLogged(row, reading.log?.groupLog(name)),
      lastMember: options.keepsMembers(name) ? row.lastMember : null,
    })
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
  const topic = reading.offsetsTopic
  const context: ReadingContext = {
    group,
    startedAt: reading.startedAt,
    finishedAt: reading.finishedAt,
    previousReadAt: options.previousReadAt,
    retention: retention.retention,
    isRetentionAssumed: !isTold(retention),
    retentionsBefore: new Map(options.retentions?.map(before => [before.broker, before])),
    sweep: retention.sweep,
    logSweep: reading.logSweep,
    clockSkew: options.clockSkew,
    isAnotherTopic: topic !== undefined && isAnotherTopic(topic, options.offsetsTopic ?? null),
    moves: topic !== undefined && isMoving(name, topic),
    log: reading.log?.groupLog(name),
    restored: options.restored.filter(({ group }) => group === name),
    lastMember: options.keepsMembers(name) ? lastMemberOf(rows, group, reading) : null,
  }
  const empty = emptyClock(rows, context)
  const absent = new Map(group.absent.map(absence => [keyOf(absence), absence]))

  const notSeen = (row: Commit): Commit => ({ ...withoutReading(row), lastMember: context.lastMember })
  const withoutReading = (row: Commit): Commit => {
    if (row.gone) {
      const outsideCommits = hasNoMembers(group) ? row.outsideCommits : null
      return { ...row, state: group.state, outsideCommits }
    }
    const absence = absent.get(keyOf(row))
    return absence
      ? goneNow(row, absence, reading.topics.get(row.topic), context)
      : withLogged(row, context.log)
  }

  // Both lists are sorted by key.
  const merged: Commit[] = []
  let next = 0
  for (const seen of observedOf(name, group, reading, options)) {
    let row = rows[next]
    for (; row && compareKeys(row, seen) < 0; row = rows[++next]) merged.push(notSeen(row))

    const previous = row && compareKeys(row, seen) === 0 ? row : undefined
    if (previous) next++
    merged.push(observe(previous, seen, context, empty))
  }
  for (const row of rows.slice(next)) merged.push(notSeen(row))
  return merged
}

/** A group without members keeps its last member, even for a partition that it commits for the first time. */
function lastMemberOf(
  rows: readonly Commit[],
  { member }: GroupReading,
  { finishedAt }: Pick<Reading, 'finishedAt'>,
): LastMember | null {
  if (member) return { ...member, seenAt: finishedAt }
  return rows.reduce<LastMember | null>(
    (latest, { lastMember }) =>
      (lastMember?.seenAt ?? -Infinity) > (latest?.seenAt ?? -Infinity) ? lastMember : latest,
    null,
  )
}

const noProbes: readonly TimeProbe[] = []

function observedOf(
  name: string,
  { from, to }: GroupReading,
  { offsets, topics }: Reading,
  options: MergeOptions,
): Observed[] {
  const keepsMetadata = options.keepsMetadata(name)
  const observed: Observed[] = []
  for (let i = from; i < to; i++) {
    const [topic = '', partition = 0, leaderEpoch = -1] = [
      offsets.topic[i],
      offsets.partition[i],
      offsets.leaderEpoch[i],
    ]
    const found = topics.get(topic)
    const log = found?.log.get(partition)
    observed.push({
      group: name,
      topic,
      partition,
      topicId: found?.id ?? null,
      offset: offsets.offset[i] ?? 0n,
      leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch,
      metadata: keepsMetadata ? (offsets.metadata[i] ?? '') : null,
      pending: offsets.pending[i] === 1,
      logStart: log?.start ?? null,
      logEnd: log?.end ?? null,
      retention: found?.retention,
      probes: found?.probes?.get(partition) ?? noProbes,
    })
  }
  return observed.sort(compareKeys)
}

/** Marks an offset as gone. Only its tombstone shows when it vanished, and whether it expired or was deleted. */
function goneNow(
  row: Commit,
  { negative }: Absence,
  topic: TopicReading | undefined,
  context: ReadingContext,
): Commit {
  const logged = newTombstone(row, context.log)
  const tombstoneAt = logged?.tombstoneAt ?? null
  const isDeletedTopic = topic !== undefined && (topic.deleted || isRecreated(row, topic.id))
  const unlogged = negative ? 'negative' : reasonWithoutTombstone(row, context)
  const reason =
    context.log && tombstoneAt !== null ? goneReason(row, tombstoneAt, context.log, context) : unlogged
  return {
    ...row,
    ...(logged?.before && tombstoneAt !== null ? offsetAndMetadataOf(logged.before, row) : {}),
    state: context.group.state,
    runningFrom: context.startedAt,
    logged: null,
    unread: null,
    lostRecords: null,
    gone: {
      reason: isDeletedTopic ? 'topic-deleted' : reason,
      earliest: tombstoneAt ?? row.seenFrom - context.clockSkew,
      latest: tombstoneAt ?? context.finishedAt + context.clockSkew,
    },
  }
}

function rowsOf(table: CommitTable, range = { from: 0, to: 0 }): Commit[] {
  const rows: Commit[] = []
  for (let i = range.from; i < range.to; i++) rows.push(table.at(i))
  return rows
}
