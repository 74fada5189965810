import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import type { Problem } from '../../core/model/commit.ts'
import { Failure } from '../../core/model/failure.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import type { GroupReading, PreviousSnapshot, Reading } from '../../core/reading.ts'
import { timed } from '../../timed.ts'
import type { Connection } from '../connection/connection.ts'
import { BrokerError } from '../protocol/errors.ts'
import { type Metadata, metadata } from '../protocol/messages/metadata.ts'
import { clusterRights, topicRights } from '../requests/authorized-operations.ts'
import { newScan, orProblem, type Scan, type ScanOptions } from '../requests/scan.ts'
import { describe, type GroupDescription } from './describe-groups.ts'
import { fetchOffsets, type GroupOffsets } from './fetch-offsets.ts'
import { findTopics } from './find-topics.ts'
import { knownGroups } from './known-groups.ts'
import { listed, unlisted } from './list-groups.ts'
import { listLogOffsets } from './list-log-offsets.ts'
import { listedOnlyLive } from './live-groups.ts'
import { beginCommitLog, type CommitLogOptions } from './read-commit-log.ts'
import { readOffsetsTopic } from './read-offsets-topic.ts'
import { type RecordsHorizon, readRecordTimes } from './read-record-times.ts'
import { type BrokerSettings, readBrokerSettings } from './read-retention.ts'
import { refetchRecreated } from './refetch-recreated.ts'
import { uncommittedPartitions } from './uncommitted-partitions.ts'

export interface ReadOptions extends ScanOptions {
  /**
   * Loads the last snapshot. Each of its offsets is confirmed or denied. The snapshot may still load while the brokers
   * list their groups. But no offset is fetched before the snapshot is loaded: a snapshot that another run stores
   * meanwhile would be newer than the fetch.
   */
  previous?: (() => Promise<PreviousSnapshot>) | undefined
  /** The groups to read; undefined: all of the cluster. */
  groups?: readonly string[] | undefined
  /** Retention in ms to assume if a broker does not report its own; null for no limit. Undefined: Kafka's 7 days. */
  retention?: number | null | undefined
  /** Limits for reading `__consumer_offsets`; undefined: the topic is not read. */
  log?: CommitLogOptions | undefined
  /** Undefined: do not ask for the age of unread records. */
  recordsHorizon?: RecordsHorizon | undefined
  /** ms since the epoch */
  now: () => number
}

/**
 * One scan of a cluster: every group of every broker, the committed offsets of the groups, and the logs that the
 * offsets point into. Unreadable parts are missing from the result, and its problems say why.
 * @throws Failure if no broker answers at all; the signal's reason after an abort
 */
export async function readCluster(connection: Connection, options: ReadOptions): Promise<Reading> {
  const { groups: names, retention, now } = options
  const scan = newScan(connection, options)

  const startedAt = now()
  const cluster = await begin(scan)
  const listing = await timed('list', () => listed(scan, names))
  const previous = await options.previous?.()
  const known = knownGroups(previous?.commits)
  // Known groups imply that `__consumer_offsets` exists, even if it is not visible.
  const isHidden = topicRights(cluster.topics[0]).describe === false
  if (isHidden && known.size > 0) scan.mayFindCoordinators = true

  const others = await unlisted(scan, listing, known, names)
  const found = [...listing.groups, ...others]
  const readLog = await beginCommitLog(scan, cluster.topics[0], options.log, now)
  const offsets = new CommittedOffsets()
  const asked = found.map(({ group }) => group)
  const fetched = await timed('offsets', () => fetchOffsets(scan, asked, known, offsets))
  // A coordinator that has answered OffsetFetch has loaded its log, so its descriptions are not older than the offsets.
  const answered = found.filter(({ group }) => fetched.has(group))
  const [descriptions, settings] = await Promise.all([
    timed('describe', () => describe(scan, answered)),
    readBrokerSettings(scan, retention),
  ])
  // A coordinator may have joined the cluster meanwhile.
  const brokersWithSettings = new Set(settings.map(({ retention }) => retention.broker))
  const late = [...descriptions.keys()].flatMap(group => scan.coordinators.get(group) ?? [])
  const brokers = [
    ...settings,
    ...(await readBrokerSettings(scan, retention, new Set(late).difference(brokersWithSettings))),
  ]
  const unlistedOffsets = others.flatMap(({ group }) => {
    const offsets = fetched.get(group)
    return offsets ? [[group, offsets] as const] : []
  })
  const onlyLive = new Set(await listedOnlyLive(scan, new Map(unlistedOffsets)))
  for (const group of onlyLive) scan.problems.listedOnlyLive(group)
  const groups = await groupReadings(scan, descriptions, fetched, { brokers, onlyLive })

  // Logs are read after offsets. Otherwise a new offset could lie beyond a log end that was read too early.
  const committed = committedPartitions(groups, offsets)
  const absent = [...groups.values()].flatMap(group => group.absent)
  const topics = await findTopics(scan, new Set([...committed, ...absent].map(({ topic }) => topic)))
  await refetchRecreated(scan, { previous: previous?.commits, known }, topics, groups, offsets)
  const [{ placedOver, ends, ...commitLog }] = await Promise.all([
    timed('log', () => readLog({ read: groups, offsets, known }, previous ?? { cursors: [] })),
    timed('ends', () => listLogOffsets(scan, topics, committed)),
  ])
  const uncommitted = await uncommittedPartitions(scan, groups, descriptions, offsets, topics)
  const logSweep = Math.max(...brokers.map(({ logSweep }) => logSweep))
  if (options.recordsHorizon !== undefined) {
    const committed = { groups, offsets, topics }
    const wanted = { now: startedAt, logSweep, ...options.recordsHorizon }
    await timed('times', () => readRecordTimes(scan, committed, previous?.commits, wanted))
  }

  // These facts hold for Apache Kafka. Another server may place groups differently, and may lose other records of its
  // log.
  const offsetsTopic =
    commitLog.withoutLog === 'unrelated'
      ? undefined
      : await readOffsetsTopic(scan, cluster.topics[0], previous?.offsetsTopic ?? null, { placedOver, ends })

  const mayListAll = names !== undefined || clusterRights(cluster.clusterOperations).describe !== false
  if (!mayListAll) scan.problems.add(listingMayLack)
  for (const group of names ?? []) if (isUnheardOf(groups.get(group))) scan.problems.unheardOf(group)

  return {
    clusterId: connection.clusterId,
    startedAt,
    finishedAt: now(),
    brokers: brokers.map(({ retention }) => retention),
    groups,
    offsets,
    topics: new Map([...topics].map(([topic, { reading }]) => [topic, reading])),
    uncommitted,
    logSweep,
    ...commitLog,
    ...(offsetsTopic && { offsetsTopic }),
    problems: scan.problems.list(),
    complete:
      mayListAll &&
      listing.complete &&
      onlyLive.size === 0 &&
      found.every(({ group }) => groups.get(group)?.unreadable.length === 0),
  }
}

const listingMayLack: Problem = {
  scope: {},
  code: 'not-authorized',
  message:
    'Groups may be missing, because a broker leaves them out of its listing without an error if DESCRIBE on the cluster is missing: grant the watchdog that right, or name the groups to watch.',
}

const isUnheardOf = (group: GroupReading | undefined): boolean =>
  group?.state === 'Dead' && group.from === group.to && group.absent.length + group.unreadable.length === 0

async function begin(scan: Scan): Promise<Metadata> {
  try {
    await scan.connection.refresh()
    const request = { topics: [CONSUMER_OFFSETS], includeOperations: true }
    const answer = await scan.connection.sendToAny(metadata, request)

    scan.mayFindCoordinators = topicRights(answer.topics[0]).exists === true
    return answer
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw new Failure(`cannot read the cluster: ${error.message}`, { cause: error })
  }
}

async function groupReadings(
  scan: Scan,
  descriptions: ReadonlyMap<string, GroupDescription>,
  fetched: ReadonlyMap<string, GroupOffsets>,
  { brokers, onlyLive }: { brokers: readonly BrokerSettings[]; onlyLive: ReadonlySet<string> },
): Promise<Map<string, GroupReading>> {
  const guards = new Map(brokers.map(settings => [settings.retention.broker, settings.hasNewCoordinator]))
  for (const broker of new Set(scan.coordinators.values())) {
    if (!scan.silent.has(broker) && !guards.get(broker)) guards.set(broker, await isKafka4(scan, broker))
  }

  const readings = new Map<string, GroupReading>()
  for (const [group, offsets] of fetched) {
    const [description, coordinator] = [descriptions.get(group), scan.coordinators.get(group)]
    if (description === undefined || coordinator === undefined) continue
    const isContradiction = description.state === 'Dead' && offsets.to > offsets.from
    if (isContradiction && !onlyLive.has(group)) scan.problems.contradiction(group)
    if (!isContradiction)
      readings.set(group, {
        ...description,
        coordinator,
        pendingGuards: guards.get(coordinator) ?? false,
        ...offsets,
      })
  }
  return readings
}

const OFFSET_COMMIT = 8

/** Kafka 4's brokers no longer speak OffsetCommit v0 and v1 (KIP-896). */
async function isKafka4(scan: Scan, broker: number): Promise<boolean> {
  const versions = await orProblem(scan, scan.connection.apiVersions(broker))
  return (versions?.get(OFFSET_COMMIT)?.min ?? 0) >= 2
}

/** The partitions in which any group has an offset, without duplicates. */
function committedPartitions(
  groups: ReadonlyMap<string, GroupReading>,
  { topic, partition }: CommittedOffsets,
): TopicPartition[] {
  const partitions = new Map<string, Set<number>>()
  for (const { from, to } of groups.values()) {
    let [last, numbers]: [string | undefined, Set<number>] = [undefined, new Set()]
    for (let i = from; i < to; i++) {
      const name = topic[i] ?? ''
      // A group's partitions of one topic are next to each other.
      if (name !== last) {
        last = name
        numbers = partitions.get(name) ?? new Set()
        partitions.set(name, numbers)
      }
      numbers.add(partition[i] ?? 0)
    }
  }
  return [...partitions].flatMap(([topic, numbers]) => [...numbers].map(partition => ({ topic, partition })))
}
