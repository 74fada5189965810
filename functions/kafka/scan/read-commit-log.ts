import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { logKey } from '../../core/evidence/logged.ts'
import type { Problem } from '../../core/model/commit.ts'
import type { Base, GroupLog, GroupReading, LogCursor, LoggedCommit, LogReading } from '../../core/reading.ts'
import type { LogAbsence } from '../../core/snapshot.ts'
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
  /** By this run, with their rows of `offsets`. */
  read: ReadonlyMap<string, Pick<GroupReading, 'from' | 'to'>>
  offsets: Pick<CommittedOffsets, 'topic' | 'partition' | 'offset'>
  /** By the snapshot before: they have offsets that are not gone. */
  known: ReadonlyMap<string, unknown>
}

/** Records of one partition that are read again at the most, for groups that may never be read. */
const MOST_READ_AGAIN = 20_000

type EndCommitLog = (groups: Groups, base: Omit<Base, 'commits'>) => Promise<CommitLog>

/** Neither of them where a broker failed, which is a problem of the pass. */
interface CommitLog {
  log?: LogReading
  withoutLog?: LogAbsence
}

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
  if (options === undefined || options.budget.ms === 0) return async () => ({ withoutLog: 'switched-off' })
  if (exists === false) return async () => ({ withoutLog: 'absent' })
  if (topic === undefined || exists === undefined || read === false) {
    return async () => ({ withoutLog: 'not-authorized' })
  }
  const settled = await endsOf(pass, topic)
  return async (groups, { cursors, withoutLog }) => {
    // Placement shows only in new records, so what one run has found holds for the next ones.
    if (withoutLog === 'unrelated') return unrelated(pass)
    return endCommitLog(pass, topic, settled, { ...options, cursors, now }, groups)
  }
}

function unrelated({ problems }: Pass): CommitLog {
  problems.add(unrelatedLog)
  return { withoutLog: 'unrelated' }
}

const unrelatedLog: Problem = {
  scope: { topic: CONSUMER_OFFSETS },
  code: 'unsupported',
  message: `The commits of groups stand in other partitions of ${CONSUMER_OFFSETS} than Apache Kafka's hash says, so this is another server and its log is not relied on: ages are observed by comparing snapshots, and a short interval between these makes the bounds narrow.`,
}

async function endCommitLog(
  pass: Pass,
  topic: TopicMetadata,
  settled: Ends,
  { cursors, ...options }: CommitLogOptions & { cursors: readonly LogCursor[]; now: () => number },
  groups: Groups,
): Promise<CommitLog> {
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
  if (reading === undefined) return {}
  if (reading.mode === 'observed') return { withoutLog: 'not-authorized' }
  if (isUnrelated(reading, groups)) return unrelated(pass)

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

  const log = {
    of: logsOf(reading, group => moved.has(groupPartition(group, topic.partitions.length))),
    cursors: reading.cursors.map(cursor => ({
      ...cursor,
      to: Math.max(cursor.from, Math.min(cursor.to, readyUntil(cursor.partition))),
      coordinatorEpoch: (unseen.has(cursor.partition) ? before : epochs).get(cursor.partition) ?? -1,
    })),
    progress: { caughtUp: reading.mode === 'exact', read: reading.records, left: reading.remaining },
  }
  return { log }
}

/**
 * Whether a group's current offset stands in another partition than Kafka's hash says, and nowhere in the one that it
 * says. A commit from before the number of partitions was raised stands there, too, but its coordinator no longer shows it.
 */
function isUnrelated(reading: OffsetLogReading, { read, offsets }: Groups): boolean {
  const { log } = reading
  return [...read].some(([name, { from, to }]) => {
    const strays = log.straysOf(name)
    if (strays.size === 0 || !reading.of(name)?.caughtUp) return false
    const own = log.group(name)?.commits
    for (let i = from; i < to; i++) {
      const key = logKey({ topic: offsets.topic[i] ?? '', partition: offsets.partition[i] ?? 0 })
      if (strays.get(key) === offsets.offset[i] && !own?.get(key)?.last) return true
    }
    return false
  })
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
