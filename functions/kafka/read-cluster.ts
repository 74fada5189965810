import type { CommitTable } from '../core/commit-table.ts'
import { CommittedOffsets } from '../core/committed-offsets.ts'
import { Failure } from '../core/failure.ts'
import type { Problem } from '../core/model.ts'
import type { GroupReading, Reading } from '../core/reading.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { timed } from '../timed.ts'
import type { Connection } from './connection.ts'
import { BrokerError } from './errors.ts'
import { knownGroups } from './known-groups.ts'
import { type Metadata, metadata } from './messages/metadata.ts'
import { newPass, orProblem, type Pass, type PassOptions } from './pass.ts'
import { beginCommitLog, type CommitLogOptions } from './read-commit-log.ts'
import { describe, type GroupDescription } from './read-descriptions.ts'
import { findGroups } from './read-groups.ts'
import { readLogs } from './read-logs.ts'
import { fetchOffsets, type GroupOffsets } from './read-offsets.ts'
import { readRetentions } from './read-retention.ts'
import { CONSUMER_OFFSETS, clusterRights, topicRights } from './read-rights.ts'
import { findTopics } from './read-topics.ts'
import { fetchRecreated } from './recreated-topics.ts'

export interface ReadOptions extends PassOptions {
  /** The last snapshot's commits: what was known then is confirmed, one way or the other. */
  base?: CommitTable | undefined
  /** The groups to read; undefined: all of the cluster. */
  groups?: readonly string[] | undefined
  /** ms; what to assume where a broker does not tell its retention. Undefined: Kafka's default of 7 days. */
  retention?: number | undefined
  /** How far to go on reading `__consumer_offsets`; undefined: not at all. */
  log?: CommitLogOptions | undefined
  /** ms since the epoch */
  now: () => number
}

/**
 * One pass over a cluster: every group of every broker, their committed offsets, and the logs these point into. What
 * could not be read is a problem in the result and is not in it otherwise.
 * @throws Failure where no broker answers at all; the signal's reason once it is aborted
 */
export async function readCluster(connection: Connection, options: ReadOptions): Promise<Reading> {
  const { base, groups: names, retention, now } = options
  const pass = newPass(connection, options)
  const known = knownGroups(base)

  const startedAt = now()
  const cluster = await begin(pass, known.size > 0)
  const found = await timed('list', () => findGroups(pass, known, names))
  const readLog = await beginCommitLog(pass, cluster.topics[0], options.log, now)
  const offsets = new CommittedOffsets()
  const listed = found.groups.map(({ group }) => group)
  const fetched = await timed('offsets', () => fetchOffsets(pass, listed, known, offsets))
  // A coordinator that has answered for the offsets has caught up with its log: its descriptions are not older.
  const answered = found.groups.filter(({ group }) => fetched.has(group))
  const descriptions = await timed('describe', () => describe(pass, answered))
  const groups = await groupReadings(pass, descriptions, fetched)

  // The logs come after the offsets, so that no offset lies above an end that was merely read too early.
  const committed = committedPartitions(groups, offsets)
  const absent = [...groups.values()].flatMap(group => group.absent)
  const topics = await findTopics(pass, new Set([...committed, ...absent].map(({ topic }) => topic)))
  await fetchRecreated(pass, { base, known }, topics, groups, offsets)
  const [log, brokers] = await Promise.all([
    timed('log', () => readLog({ read: groups, known })),
    readRetentions(pass, retention),
    timed('ends', () => readLogs(pass, topics, committed)),
  ])

  const mayListAll = names !== undefined || clusterRights(cluster.clusterOperations).describe !== false
  if (!mayListAll) pass.problems.add(listingMayLack)
  for (const group of names ?? []) if (isUnheardOf(groups.get(group))) pass.problems.unheardOf(group)

  return {
    clusterId: connection.clusterId,
    startedAt,
    finishedAt: now(),
    brokers,
    groups,
    offsets,
    topics: new Map([...topics].map(([topic, { reading }]) => [topic, reading])),
    ...(log && { log }),
    problems: pass.problems.list(),
    complete:
      mayListAll &&
      found.complete &&
      found.groups.every(({ group }) => groups.get(group)?.unreadable.length === 0),
  }
}

const listingMayLack: Problem = {
  scope: {},
  code: 'not-authorized',
  message:
    'Groups may be missing, because without DESCRIBE on the cluster a broker leaves them out of its listing and does not say so: grant it to the watchdog, or name the groups to watch.',
}

const isUnheardOf = (group: GroupReading | undefined): boolean =>
  group?.state === 'Dead' && group.from === group.to && group.absent.length + group.unreadable.length === 0

async function begin(pass: Pass, groupsAreKnown: boolean): Promise<Metadata> {
  try {
    await pass.connection.refresh()
    const request = { topics: [CONSUMER_OFFSETS], includeOperations: true }
    const answer = await pass.connection.sendToAny(metadata, request)

    const { exists, describe } = topicRights(answer.topics[0])
    pass.mayFindCoordinators = exists ?? (describe === false && groupsAreKnown)
    return answer
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw new Failure(`cannot read the cluster: ${error.message}`, { cause: error })
  }
}

async function groupReadings(
  pass: Pass,
  descriptions: ReadonlyMap<string, GroupDescription>,
  fetched: ReadonlyMap<string, GroupOffsets>,
): Promise<Map<string, GroupReading>> {
  const guards = new Map<number, boolean>()
  for (const broker of new Set(pass.coordinators.values())) {
    if (!pass.silent.has(broker)) guards.set(broker, await pendingGuards(pass, broker))
  }

  const readings = new Map<string, GroupReading>()
  for (const [group, offsets] of fetched) {
    const [description, coordinator] = [descriptions.get(group), pass.coordinators.get(group)]
    if (description === undefined || coordinator === undefined) continue
    if (description.state === 'Dead' && offsets.to > offsets.from) pass.problems.contradiction(group)
    else
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

/** The coordinator of Kafka 4 no longer speaks the first versions of OffsetCommit. */
async function pendingGuards(pass: Pass, broker: number): Promise<boolean> {
  const versions = await orProblem(pass, pass.connection.apiVersions(broker))
  return (versions?.get(OFFSET_COMMIT)?.min ?? 0) >= 2
}

/** The partitions in which any group has an offset, each once. */
function committedPartitions(
  groups: ReadonlyMap<string, GroupReading>,
  { topic, partition }: CommittedOffsets,
): TopicPartition[] {
  const partitions = new Map<string, Set<number>>()
  for (const { from, to } of groups.values()) {
    for (let i = from; i < to; i++) {
      const name = topic[i] ?? ''
      const its = partitions.get(name) ?? new Set()
      partitions.set(name, its.add(partition[i] ?? 0))
    }
  }
  return [...partitions].flatMap(([topic, its]) => [...its].map(partition => ({ topic, partition })))
}
