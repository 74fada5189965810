import type { GroupLog, LogCursor, LoggedCommit, LogReading } from '../../core/reading.ts'
import type { Budget } from '../consumer-offsets/fetch-log.ts'
import { groupPartition } from '../consumer-offsets/group-partition.ts'
import type { LoggedRecord } from '../consumer-offsets/offset-log.ts'
import { type OffsetLogReading, readOffsetLog } from '../consumer-offsets/read-log.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import { orProblem, type Pass } from '../requests/scan.ts'
import { readLogs } from './list-log-offsets.ts'
import { CONSUMER_OFFSETS, topicRights } from './read-rights.ts'

/** Where each partition of `__consumer_offsets` starts and ends. */
type Ends = ReadonlyMap<number, { start: bigint; end: bigint }>

export interface CommitLogOptions {
  budget: Budget
  /** ms that the brokers' clocks may be ahead of this one. */
  clockSkew: number
}

/** Groups by their names, when their log is read. */
interface Groups {
  /** By this run. */
  read: ReadonlyMap<string, unknown>
  /** By the snapshot before: they have offsets that are not gone. */
  known: ReadonlyMap<string, unknown>
}

/** Records of one partition that are read again at the most, for groups that may never be read. */
const MOST_READ_AGAIN = 20_000

const NOTHING_TO_READ: LogReading = {
  of: () => undefined,
  cursors: [],
  progress: { caughtUp: true, read: 0, left: 0 },
}

/** @param cursors of the snapshot before */
type EndCommitLog = (groups: Groups, cursors: readonly LogCursor[]) => Promise<LogReading | undefined>

/**
 * Begins before OffsetFetch and returns how to end it afterwards: the log is read past an end taken then, but the next
 * run reads on from the end taken now. So no record is passed over whose offset this run's OffsetFetch was too early
 * to show.
 * @param topic `__consumer_offsets`; undefined where it cannot be told
 * @param now ms since the epoch
 */
export async function beginCommitLog(
  pass: Pass,
  topic: TopicMetadata | undefined,
  options: CommitLogOptions | undefined,
  now: () => number,
): Promise<EndCommitLog> {
  const { exists, read } = topicRights(topic)
  if (options === undefined || options.budget.ms === 0) return async () => undefined
  if (exists === false) return async () => NOTHING_TO_READ
  if (topic === undefined || exists === undefined || read === false) {
    return async () => undefined
  }
  const settled = await endsOf(pass, topic)
  return (groups, cursors) => endCommitLog(pass, topic, settled, { ...options, cursors, now }, groups)
}

async function endCommitLog(
  pass: Pass,
  topic: TopicMetadata,
  settled: Ends,
  { cursors, ...options }: CommitLogOptions & { cursors: readonly LogCursor[]; now: () => number },
  groups: Groups,
): Promise<LogReading | undefined> {
  const reading = await orProblem(
    pass,
    readOffsetLog(pass.connection, {
      ...options,
      cursors,
      ends: await endsOf(pass, topic),
      signal: pass.signal,
      progress: (read, total) => pass.progress('log', read, total),
    }),
  )
  if (reading === undefined || reading.mode === 'observed') return undefined

  for (const problem of reading.problems) pass.problems.add(problem)
  const epochs = new Map(topic.partitions.map(({ partition, leaderEpoch }) => [partition, leaderEpoch]))
  const before = new Map(cursors.map(({ partition, coordinatorEpoch }) => [partition, coordinatorEpoch]))
  const moved = movedSince(before, epochs)
  const waiting = waitingPartitions(reading, groups)
  const unseen = unseenPartitions(groups, topic.partitions.length)

  /** What became of a group that could not be read this time is for the run that can read it: it is read again. */
  function readyUntil(partition: number): number {
    const end = Number(settled.get(partition)?.end ?? 0)
    const from = cursors.find(cursor => cursor.partition === partition)?.to ?? 0
    return waiting.has(partition) && end - from <= MOST_READ_AGAIN ? from : end
  }

  return {
    of: logsOf(reading, group => moved.has(groupPartition(group, topic.partitions.length))),
    cursors: reading.cursors.map(cursor => ({
      ...cursor,
      to: Math.max(cursor.from, Math.min(cursor.to, readyUntil(cursor.partition))),
      coordinatorEpoch: (unseen.has(cursor.partition) ? before : epochs).get(cursor.partition) ?? -1,
    })),
    progress: { caughtUp: reading.mode === 'exact', read: reading.records, left: reading.remaining },
  }
}

async function endsOf(pass: Pass, { topic, id, partitions }: TopicMetadata): Promise<Ends> {
  const leaders = new Map(partitions.map(({ partition, leader }) => [partition, leader]))
  const found = { reading: { id, deleted: false, log: new Map() }, leaders }
  const keys = partitions.map(({ partition }) => ({ topic, partition }))
  await readLogs(pass, new Map([[CONSUMER_OFFSETS, found]]), keys)
  return found.reading.log
}

/**
 * Partitions with news of groups that this run has not read, be it that their coordinator still loads: a commit, or why
 * an offset went that the group is known to have had.
 */
function waitingPartitions({ log }: OffsetLogReading, { read, known }: Groups): ReadonlySet<number> {
  const waiting = new Set<number>()
  for (const name of log.groupNames()) {
    if (read.has(name)) continue
    const group = log.group(name)
    const isNews = known.has(name) ? () => true : ({ last }: LoggedCommit) => last !== null
    if (group && [...group.commits.values()].some(isNews)) waiting.add(group.home)
  }
  return waiting
}

/** Partitions with groups that this run has not read: their coordinator may have been loading. */
function unseenPartitions({ read, known }: Groups, partitions: number): ReadonlySet<number> {
  const unseen = [...known.keys()].filter(group => !read.has(group))
  return new Set(unseen.map(group => groupPartition(group, partitions)))
}

/** Partitions that a coordinator has loaded since the run before, or may have. */
function movedSince(
  before: ReadonlyMap<number, number>,
  epochs: ReadonlyMap<number, number>,
): ReadonlySet<number> {
  return new Set(
    [...epochs].flatMap(([partition, epoch]) =>
      epoch >= 0 && epoch === before.get(partition) ? [] : [partition],
    ),
  )
}

const logsOf =
  (reading: OffsetLogReading, isMoved: (group: string) => boolean) =>
  (group: string): GroupLog | undefined => {
    const place = reading.of(group)
    if (place === undefined) return undefined
    const found = reading.log.group(group)
    return {
      caughtUp: place.reachedEnd,
      complete: place.unbroken,
      reloaded: isMoved(group),
      group: found?.record ? emptySince(found.record) : null,
      commits: found?.commits ?? new Map(),
    }
  }

/** A tombstone of the group is no news, since it ends no offset, but for what went before it in this very run. */
function emptySince({ state, since, uncertain }: LoggedRecord & { uncertain: boolean }): GroupLog['group'] {
  const isKnown = since >= 0 && (state === 'empty' || state === 'tombstone')
  if (uncertain || (state === 'tombstone' && !isKnown)) return null
  return { emptySince: isKnown ? since : null }
}
