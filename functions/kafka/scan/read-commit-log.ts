import { groupPartition } from '../../core/group-partition.ts'
import type { Problem } from '../../core/model/commit.ts'
import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import type {
  GroupLog,
  LogAbsence,
  LogCursor,
  LoggedCommit,
  LogReading,
  PreviousSnapshot,
} from '../../core/reading.ts'
import type { Budget } from '../consumer-offsets/fetch-log.ts'
import type { LoggedRecord, LogLocation } from '../consumer-offsets/offset-log.ts'
import { type OffsetLogReading, readOffsetLog } from '../consumer-offsets/read-log.ts'
import type { TopicMetadata } from '../protocol/messages/metadata.ts'
import { topicRights } from '../requests/authorized-operations.ts'
import { orProblem, type Scan } from '../requests/scan.ts'
import { type LogEnds, logEndsOf } from './list-log-offsets.ts'
import { type GroupsRead, placementOf } from './placement.ts'

export interface CommitLogOptions {
  budget: Budget
  /** ms that the brokers' clocks may be ahead of this one. */
  clockSkew: number
}

/** The groups that this run has read, and those of the last snapshot. */
interface Groups extends GroupsRead {
  /** Groups with offsets in the last snapshot. */
  known: ReadonlyMap<string, unknown>
}

/** Limit of records of one partition that are read again for groups that may never become readable. */
const MOST_READ_AGAIN = 20_000

type EndCommitLog = (groups: Groups, previous: Omit<PreviousSnapshot, 'commits'>) => Promise<CommitLog>

/** `log` and `withoutLog` are both missing if a broker failed, which is a problem of the scan. */
interface CommitLog {
  log?: LogReading
  /** The number of partitions over which brokers distribute groups, as the records show it. */
  placedOver?: number
  /** Start and end of each partition of `__consumer_offsets`. */
  ends?: LogEnds
  withoutLog?: LogAbsence
}

/**
 * Reads the log ends before OffsetFetch, and returns a function to call after OffsetFetch. That function reads the log
 * up to the ends at the time of its call. The next run continues from the ends that were read before OffsetFetch, so it
 * also reads every record that came too late for this run's OffsetFetch.
 * @param topic `__consumer_offsets`; undefined if unknown
 * @param now ms since the epoch
 */
export async function beginCommitLog(
  scan: Scan,
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
  const settled = await logEndsOf(scan, topic)
  return async (groups, { cursors, withoutLog, offsetsTopic }) => {
    // Only new records show how groups are distributed, so the finding of one run holds for the next runs.
    if (withoutLog === 'unrelated') return unrelated(scan)
    const before = offsetsTopic?.id === topic.id ? offsetsTopic.placedOver : topic.partitions.length
    const placedOver = Math.min(before, topic.partitions.length)
    return endCommitLog(scan, topic, settled, { ...options, cursors, placedOver, now }, groups)
  }
}

function unrelated({ problems }: Scan): CommitLog {
  problems.add(unrelatedLog)
  return { withoutLog: 'unrelated' }
}

const unrelatedLog: Problem = {
  scope: { topic: CONSUMER_OFFSETS },
  code: 'unsupported',
  message: `The commits are in other partitions of ${CONSUMER_OFFSETS} than Apache Kafka's hash gives, so this server is not Apache Kafka and its log is not used: ages are observed by comparing snapshots, and a shorter interval gives narrower bounds.`,
}

interface EndOptions {
  cursors: readonly LogCursor[]
  /** The number of partitions over which groups were distributed in the last run. */
  placedOver: number
  now: () => number
}

async function endCommitLog(
  scan: Scan,
  topic: TopicMetadata,
  settled: LogEnds,
  { cursors, placedOver, ...options }: CommitLogOptions & EndOptions,
  groups: Groups,
): Promise<CommitLog> {
  const ends = await logEndsOf(scan, topic)
  const reading = await orProblem(
    scan,
    readOffsetLog(scan.connection, {
      ...options,
      cursors,
      ends,
      placedOver,
      signal: scan.signal,
      progress: (read, total) => scan.progress('log', read, total),
    }),
  )
  if (reading === undefined) return {}
  if (reading.mode === 'observed') return { withoutLog: 'not-authorized' }
  const placement = placementOf(reading, groups, placedOver, topic.partitions.length)
  if (placement.kind === 'unrelated') return unrelated(scan)

  for (const problem of reading.problems) scan.problems.add(problem)
  const epochs = new Map(topic.partitions.map(({ partition, leaderEpoch }) => [partition, leaderEpoch]))
  const before = new Map(cursors.map(({ partition, coordinatorEpoch }) => [partition, coordinatorEpoch]))
  const moved = movedSince(before, epochs)
  const waiting = waitingPartitions(reading, groups)
  const unseen = unseenPartitions(groups, placedOver)

  /**
   * The offset from which the next run continues. If a group could not be read this time, the next run reads the
   * group's records again.
   */
  function readyUntil(partition: number): number {
    const from = cursors.find(cursor => cursor.partition === partition)?.to ?? 0
    const end = Number(settled.get(partition)?.end ?? from)
    return waiting.has(partition) && end - from <= MOST_READ_AGAIN ? from : end
  }

  const cursorsNow = reading.cursors.map(cursor => ({
    ...cursor,
    to: Math.max(cursor.from, Math.min(cursor.to, readyUntil(cursor.partition))),
    coordinatorEpoch: (unseen.has(cursor.partition) ? before : epochs).get(cursor.partition) ?? -1,
  }))
  const logOf = logsOf(reading, group => {
    const home = groupPartition(group, placedOver)
    return { reloaded: moved.has(home), start: Number(ends.get(home)?.start ?? 0) }
  })
  const { elsewhere, isAfterRestart } = placement
  const log: LogReading = {
    groupLog: group =>
      elsewhere.has(group) ? { ...notLookedFor, isElsewhere: isAfterRestart } : logOf(group),
    // Another number of partitions requires reading everything again.
    cursors: placement.placedOver === placedOver ? cursorsNow : [],
    progress: {
      caughtUp: reading.mode === 'exact' && elsewhere.size === 0,
      read: reading.records,
      left: reading.remaining,
    },
  }
  return { log, placedOver: placement.placedOver, ends }
}

/**
 * Partitions with news of groups that this run has not read, for instance because their coordinator still loads. A
 * commit is news. For a known group, the tombstone of an offset is news, too.
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

/** Partitions with groups that this run has not read, for example because their coordinator was loading. */
function unseenPartitions({ read, known }: Groups, partitions: number): ReadonlySet<number> {
  const unseen = [...known.keys()].filter(group => !read.has(group))
  return new Set(unseen.map(group => groupPartition(group, partitions)))
}

/** Partitions that a coordinator has loaded, or may have loaded, since the last run. */
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

/** The log of a group whose records are in another partition than the one that was searched. */
const notLookedFor = {
  caughtUp: false,
  complete: false,
  reloaded: true,
  start: 0,
  group: null,
  commits: new Map(),
}

const logsOf =
  (reading: OffsetLogReading, homeOf: (group: string) => Pick<GroupLog, 'reloaded' | 'start'>) =>
  (group: string): GroupLog | undefined => {
    const place = reading.readingOf(group)
    if (place === undefined) return undefined
    const found = reading.log.group(group)
    return {
      caughtUp: place.reachedEnd,
      complete: place.unbroken,
      ...homeOf(group),
      isElsewhere: false,
      group: found?.record ? emptySince(found.record) : null,
      commits: found?.commits ?? new Map(),
    }
  }

/**
 * A group's tombstone deletes no offset. The tombstone counts only if this run has also read the record before it,
 * which says since when the group was empty.
 */
function emptySince({ state, since, uncertain, older }: LoggedRecord & LogLocation): GroupLog['group'] {
  const isKnown = since >= 0 && (state === 'empty' || state === 'tombstone')
  if (uncertain || (state === 'tombstone' && !isKnown)) return null
  return { emptySince: isKnown ? since : null, older }
}
