import { CommitTable } from '../core/columns/commit-table.ts'
import { NULL_INT64 } from '../core/columns/schema.ts'
import { NULL_STRING } from '../core/columns/string-column.ts'
import { merge } from '../core/evidence/merge.ts'
import { neverCommitted } from '../core/evidence/never-committed.ts'
import { KEEP_LOST } from '../core/evidence/observe.ts'
import { matches } from '../core/glob.ts'
import type { BrokerRetention, Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { afterRestart, offsetsTopicProblems } from '../core/offsets-topic.ts'
import { ignoreRuleOf } from '../core/policy.ts'
import type { Reading } from '../core/reading.ts'
import { formatVersion, type Snapshot, type SnapshotHead } from '../core/snapshot.ts'
import { HOUR, iso } from '../core/time.ts'
import { shellQuoted } from '../text/shell.ts'
import { timed } from '../timed.ts'
import type { Alerts, KafkaReader, RestoreStore, Snapshots } from './ports.ts'

const KEEP_GONE_IGNORED = 24 * HOUR

export interface TakeSnapshot {
  cluster: ClusterSettings
  kafka: KafkaReader
  snapshots: Snapshots
  restores: Pick<RestoreStore, 'plannedSince'>
  /** Has the time of the snapshot that was watched last. */
  alerts: Pick<Alerts, 'read'>
  toolVersion: string
  /** ms */
  clockSkew: number
  now: () => number
  /** Kafka's id of a cluster that takes over this name. The new snapshot keeps nothing of the previous cluster. */
  acceptCluster?: string | undefined
  /** Ends the run before anything more is stored. */
  signal?: AbortSignal | undefined
}

/**
 * Reads the cluster, compares it with the newest snapshot, and stores the next one.
 * @throws Failure if the clock cannot be right: snapshots would be compared in the wrong order
 */
export async function takeSnapshot({
  cluster,
  kafka,
  snapshots,
  restores,
  alerts,
  ...options
}: TakeSnapshot): Promise<SnapshotHead> {
  const problems: Problem[] = []
  let ahead: number | undefined
  const onSkipped = (problem: Problem, takenAt: number) => {
    problems.push(problem)
    if (problem.code === 'clock-skew') ahead = takenAt
  }
  const before = (async () => {
    const newest = await timed('base', () => snapshots.newest(cluster.name, { onSkipped }))
    if (ahead !== undefined) {
      const watched = (await alerts.read(cluster.name))?.state.watched ?? null
      refuseSlowClock(cluster.name, { ahead, watched, newest: newest?.head.takenAt, now: options.now() })
    }
    const previous = unlessReplaced(newest, cluster.name, kafka.clusterId, options.acceptCluster)
    const commits = watched(previous?.commits ?? CommitTable.empty(0), cluster.groups)
    const { cursors = [], withoutLog = null, offsetsTopic = null } = previous?.head ?? {}
    return {
      head: previous?.head,
      commits,
      cursors,
      withoutLog,
      offsetsTopic,
      newestAt: newest?.head.takenAt,
    }
  })()
  const restoredSince = (time: number) =>
    restores.plannedSince(cluster.name, time).catch((error: Error) => {
      problems.push(withoutRestores(error))
      return []
    })
  const [read, { head: last, commits: known, cursors, offsetsTopic, newestAt }, restored] = await Promise.all(
    [
      kafka.read(() => before),
      before,
      before.then(({ commits }) => restoredSince(oldestReading(commits) - HOUR)),
    ],
  )
  refuseEarlier(cluster.name, read.startedAt, newestAt)
  const reading = { ...read, brokers: retentions(read.brokers, last?.retention ?? [], known) }
  const commits = await timed('merge', () =>
    merge(known, reading, {
      previousReadAt: last?.finishedAt ?? null,
      retentions: last?.retention ?? [],
      offsetsTopic,
      clockSkew: options.clockSkew,
      restored,
      keepsMetadata: group => !cluster.policy.withoutMetadata.some(pattern => matches(pattern, group)),
      keepsMembers: group => !cluster.policy.withoutMembers.some(pattern => matches(pattern, group)),
      keepsGone: group =>
        ignoreRuleOf(group, cluster.policy, reading.finishedAt) ? KEEP_GONE_IGNORED : KEEP_LOST,
    }),
  )

  const head: SnapshotHead = {
    ...headOf(cluster.name, reading, commits, problems, options),
    neverCommitted: neverCommitted(reading, commits, last?.neverCommitted ?? [], group =>
      cluster.policy.neverCommittedAlerts.some(pattern => matches(pattern, group)),
    ),
    ...topicAfter(reading, commits, { cursors, offsetsTopic }),
  }
  if (reading.offsetsTopic && head.offsetsTopic)
    head.problems.push(...offsetsTopicProblems(head.offsetsTopic, offsetsTopic, commits))
  const beside: Problem[] = []
  const { signal } = options
  await snapshots.write({ head, commits }, { onProblem: problem => beside.push(problem), signal })
  return { ...head, problems: [...head.problems, ...beside] }
}

const withoutRestores = ({ message }: Error): Problem => ({
  scope: {},
  code: 'unknown',
  message: `The records of restores cannot be read, so a restored group may look like a group in use: ${message}`,
})

/** Start of the oldest reading that a live row is from, ms since the epoch; 0 without live rows. */
function oldestReading({ columns, length }: CommitTable): number {
  let oldest = Infinity
  for (let i = 0; i < length; i++) {
    if (columns.gone_reason.get(i) === null) oldest = Math.min(oldest, columns.seen_from[i] ?? oldest)
  }
  return Number.isFinite(oldest) ? oldest : 0
}

/**
 * Snapshots later than this clock mean that another clock was ahead, or that this one is slow. A slow clock would
 * continue from an old snapshot, or from none, and forget the knowledge of the later ones.
 */
function refuseSlowClock(
  cluster: string,
  times: { ahead: number; watched: number | null; newest: number | undefined; now: number },
): void {
  const { ahead, watched, newest, now } = times
  if (newest !== undefined && (watched === null || newest >= watched)) return
  const left =
    newest === undefined
      ? 'no usable one'
      : `none after ${iso(newest)}, although \`watch\` has seen a later one`
  throw new Failure(
    `cannot take a snapshot of cluster "${cluster}": this clock says ${iso(now)}, but there is a snapshot taken at ` +
      `${iso(ahead)}, and before it ${left}. Correct the clock, or remove the later snapshots if the clock is right.`,
  )
}

/** The newest snapshot is the one with the latest time, so an earlier one would never be read. */
function refuseEarlier(cluster: string, startedAt: number, newest: number | undefined): void {
  if (newest === undefined || startedAt > newest) return
  throw new Failure(
    `cannot store a snapshot of cluster "${cluster}" taken at ${iso(startedAt)}: the newest one, ` +
      `taken at ${iso(newest)}, is not earlier. Another run was faster, or the clock was set back: run the command again, or correct the clock.`,
  )
}

/** `__consumer_offsets` for the next run, and the cursors for it. */
function topicAfter(
  { startedAt, log, offsetsTopic }: Reading,
  commits: CommitTable,
  before: Pick<SnapshotHead, 'cursors' | 'offsetsTopic'>,
): Pick<SnapshotHead, 'cursors' | 'offsetsTopic'> {
  // Keep the old cursors if the log was not read this time.
  const cursors = log?.cursors ?? before.cursors
  if (offsetsTopic === undefined) return { cursors, offsetsTopic: before.offsetsTopic }

  const isInNewPartition = (group: string) => log?.groupLog(group)?.isElsewhere === true
  const after = afterRestart(offsetsTopic, commits, startedAt, isInNewPartition)
  // Until now, the reader has skipped groups' records in their new partitions, so it starts again.
  return { cursors: after === offsetsTopic ? cursors : [], offsetsTopic: after }
}

/** A wrong address must not look like the loss of all offsets. */
function unlessReplaced(
  newest: Snapshot | undefined,
  name: string,
  clusterId: string,
  accepted: string | undefined,
): Snapshot | undefined {
  if (newest === undefined || newest.head.clusterId === clusterId) return newest
  if (accepted === clusterId) return undefined
  throw new Failure(
    `cluster "${name}" answers with the id ${clusterId}, but its snapshots are of ${newest.head.clusterId}: ` +
      'correct KAFKA_BROKERS, or accept the new cluster by `snapshot`.',
    { inputs: [`accept-cluster=${shellQuoted(clusterId)}`] },
  )
}

/** A broker that is away, or does not state its retention today, keeps its last known retention. */
function retentions(
  read: BrokerRetention[],
  before: BrokerRetention[],
  { columns, length }: CommitTable,
): BrokerRetention[] {
  const coordinators = new Set(columns.coordinator.subarray(0, length))
  const brokers = new Map(read.map(settings => [settings.broker, settings]))
  for (const earlier of before) {
    const now = brokers.get(earlier.broker)
    const isGuess = now?.source === 'default' && earlier.source === 'broker'
    if (now === undefined ? coordinators.has(earlier.broker) : isGuess) brokers.set(earlier.broker, earlier)
  }
  return [...brokers.values()].sort((a, b) => a.broker - b.broker)
}

/** Leaves out groups that are no longer watched. Older snapshots still have those groups. */
function watched(previous: CommitTable, groups: string[] | undefined): CommitTable {
  if (groups === undefined) return previous
  const names = new Set(groups)
  return CommitTable.from([...previous].filter(({ group }) => names.has(group)))
}

function headOf(
  cluster: string,
  reading: Reading,
  commits: CommitTable,
  problems: Problem[],
  { toolVersion, clockSkew }: Pick<TakeSnapshot, 'toolVersion' | 'clockSkew'>,
): Omit<SnapshotHead, 'cursors' | 'offsetsTopic' | 'neverCommitted'> {
  const gone = commits.columns.gone_reason.numbers
    .subarray(0, commits.length)
    .filter(reason => reason !== NULL_STRING).length
  return {
    formatVersion,
    toolVersion,
    cluster,
    clusterId: reading.clusterId,
    takenAt: reading.startedAt,
    finishedAt: reading.finishedAt,
    ...modeOf(reading, commits),
    complete: reading.complete,
    counts: { groups: reading.groups.size, commits: commits.length - gone, gone },
    problems: [...problems, ...reading.problems],
    retention: reading.brokers,
    log: reading.log?.progress ?? null,
    clockSkew,
  }
}

/** The mode is not exact if the log, read to its end, has none of the commits. */
function modeOf(
  { log, withoutLog }: Reading,
  { columns, length }: CommitTable,
): Pick<SnapshotHead, 'mode' | 'withoutLog'> {
  if (log === undefined) return { mode: 'observed', withoutLog: withoutLog ?? null }
  if (!log.progress.caughtUp) return { mode: 'catching-up', withoutLog: null }

  let isEmpty = true
  for (let row = 0; row < length; row++) {
    if (columns.gone_reason.get(row) !== null) continue
    if ((columns.logged_offset[row] ?? NULL_INT64) !== NULL_INT64) return { mode: 'exact', withoutLog: null }
    isEmpty = false
  }
  return isEmpty ? { mode: 'exact', withoutLog: null } : { mode: 'observed', withoutLog: 'without-commits' }
}
