import { Failure } from '../core/model/failure.ts'
import { keyOf, type TopicPartition } from '../core/model/topic-partition.ts'
import { LOSS_IS_NEWS } from '../core/policy.ts'
import type { CurrentGroup } from '../core/recovery/current-group.ts'
import { type HiddenCommits, hiddenCommits } from '../core/recovery/hidden-commits.ts'
import {
  type BelowStart,
  type Known,
  type PartitionSelection,
  planRestore,
  type Restored,
  type RestorePlan,
  type Wanted,
} from '../core/recovery/restore-plan.ts'
import type { RestoreSource } from '../core/recovery/restore-record.ts'
import { isContradicted, type LastSeen } from '../core/recovery/same-topic.ts'
import type { Snapshot, SnapshotHead } from '../core/snapshot.ts'
import { type KnownOffset, knownOffsetOf, lookUp } from './look-up.ts'
import type { PlannedKafka, RestoreStore, SkipOptions, SnapshotReader } from './ports.ts'

export type RestoreFrom =
  /** The newest snapshot at or before `at`, ms since the epoch; undefined: the newest. */
  | { kind: 'snapshot'; at: number | undefined }
  | { kind: 'time'; time: number }
  | { kind: 'file'; path: string; offsets: readonly (TopicPartition & { offset: bigint })[] }

export interface ProposeRestore extends SkipOptions {
  cluster: string
  group: string
  from: RestoreFrom
  selection: PartitionSelection
  belowStart: BelowStart
  kafka: PlannedKafka
  snapshots: SnapshotReader
  restores: Pick<RestoreStore, 'resultsOf'>
}

/** A restore that waits for a person's decision. */
export interface ProposedRestore {
  cluster: string
  clusterId: string
  source: RestoreSource
  selection: PartitionSelection
  belowStart: BelowStart
  plan: RestorePlan
  /** Proof that an unseen consumer commits; null if there is none. */
  hidden: HiddenCommits | null
}

/**
 * Looks up the group's last known offsets, reads its current offsets, and plans a restore. Writes nothing.
 * @throws Failure if the group or a topic is unknown, or the cluster is a different one
 */
export async function proposeRestore(asked: ProposeRestore): Promise<ProposedRestore> {
  const { cluster, group, from, belowStart, kafka, snapshots } = asked
  const newest = await snapshots.readGroup(cluster, Infinity, group, asked)
  if (newest) refuseAnotherCluster(newest.head, kafka.clusterId)
  const known = newest ? [...newest.commits].map(commit => knownOffsetOf(commit, newest.head)) : []

  const { source, offsets } = await offsetsToWrite(asked, known)
  const restoredOf = await restoresOf(asked, newest)
  const byKey = new Map(known.map(knownOffset => [keyOf(knownOffset.commit), knownOffset]))
  const wanted = offsets.map((knownOffset): Wanted => {
    const last = byKey.get(keyOf(knownOffset))
    return { ...knownOffset, known: knownOf(last), restored: restoredOf(knownOffset, last) }
  })

  const current = await kafka.read(group, wanted)
  await findContradictions(wanted, current, kafka)
  // The person who wrote the file chose its content.
  const selection = { ...asked.selection, all: asked.selection.all || from.kind === 'file' }
  const commits = known.map(({ commit }) => commit)
  const plan = planRestore(group, wanted, current, { selection, belowStart, known: commits })
  const isNothing = plan.rows.length === 0 && (selection.partitions !== undefined || selection.all)
  if (isNothing) throw nothingChosen(group, selection)
  const untouched = commits.filter(commit => (restoredOf(commit, undefined)?.at ?? 0) <= commit.seenAt)
  const hidden = hiddenCommits(untouched, current)
  return { cluster, clusterId: kafka.clusterId, source, selection, belowStart, plan, hidden }
}

function refuseAnotherCluster({ cluster, clusterId }: SnapshotHead, clusterIdNow: string): void {
  if (clusterId === clusterIdNow) return
  throw new Failure(
    `cluster "${cluster}" answers with the id ${clusterIdNow}, but its snapshot is of ${clusterId}: correct KAFKA_BROKERS. Offsets of one cluster mean nothing in another.`,
  )
}

type ProposedOffset = Omit<Wanted, 'known' | 'restored'>

/** The offsets to restore, in all partitions that can be chosen. */
async function offsetsToWrite(
  { cluster, group, from, selection, kafka, snapshots, ...options }: ProposeRestore,
  known: readonly KnownOffset[],
): Promise<{ source: RestoreSource; offsets: ProposedOffset[] }> {
  switch (from.kind) {
    case 'snapshot': {
      const { at } = from
      const { topic } = selection
      const found = await lookUp({ clusters: [cluster], group, topic, at, snapshots, ...options })
      refuseAnotherCluster(found.head, kafka.clusterId)
      const source = { kind: from.kind, takenAt: found.head.takenAt }
      return { source, offsets: found.offsets.map(targetOf) }
    }

    case 'time': {
      const partitions = await choices(group, selection, kafka, known)
      const found = new Map(
        (await kafka.offsetsAt(from.time, partitions)).map(({ offset, ...key }) => [keyOf(key), offset]),
      )
      const lost = new Map(known.map(({ commit, offset }) => [keyOf(commit), offset]))
      const offsets = partitions.map(key => {
        const offset = found.get(keyOf(key)) ?? lost.get(keyOf(key))
        if (offset !== undefined) return offsetAlone({ ...key, offset })
        throw noPartition(key)
      })
      return { source: from, offsets }
    }

    case 'file': {
      const topicIds = new Map(known.map(knownOffset => [keyOf(knownOffset.commit), topicIdOf(knownOffset)]))
      const lastSeenByFile = new Map(
        known
          .filter(({ reason }) => reason !== 'topic-deleted')
          .map(knownOffset => [keyOf(knownOffset.commit), lastSeenOf(knownOffset)]),
      )
      const offsets = from.offsets.map(fileOffset => ({
        ...offsetAlone(fileOffset),
        topicId: topicIds.get(keyOf(fileOffset)) ?? null,
        lastSeen: lastSeenByFile.get(keyOf(fileOffset)),
      }))
      return { source: { kind: from.kind, path: from.path }, offsets }
    }
  }
}

const targetOf = (knownOffset: KnownOffset): ProposedOffset => {
  const { commit, status, offset, leaderEpoch, metadata } = knownOffset
  return {
    topic: commit.topic,
    partition: commit.partition,
    offset,
    leaderEpoch,
    metadata,
    topicId: (status === 'reset' ? commit.previousCommit?.topicId : null) ?? commit.topicId,
    lastSeen: lastSeenOf(knownOffset),
  }
}

/**
 * The row of a reset partition has the log's start and end from a later reading, which say nothing about the offset
 * before the reset.
 */
const lastSeenOf = ({ commit, status, seenAt, reason }: KnownOffset): LastSeen => ({
  at: seenAt,
  log:
    status === 'reset' || commit.logStart === null || commit.logEnd === null
      ? null
      : { start: commit.logStart, end: commit.logEnd },
  isDeleted: reason === 'topic-deleted',
})

/**
 * Without topic ids, compares each log with the log that the offset was from: the log may belong to a new topic of the
 * same name.
 */
async function findContradictions(
  wanted: readonly Wanted[],
  current: CurrentGroup,
  kafka: Pick<PlannedKafka, 'offsetsAt'>,
): Promise<void> {
  const found = new Map(current.partitions.map(partition => [keyOf(partition), partition]))
  const doubtful = wanted.flatMap(target => {
    const partition = found.get(keyOf(target))
    const isUnknown = target.topicId === null || !partition?.topicId
    return target.lastSeen && partition?.presence === 'there' && isUnknown
      ? [{ wanted: target, lastSeen: target.lastSeen, log: partition.log }]
      : []
  })
  for (const [at, checked] of Map.groupBy(doubtful, ({ lastSeen }) => lastSeen.at)) {
    const written = await kafka.offsetsAt(
      at + 1,
      checked.filter(({ log }) => log !== null).map(entry => entry.wanted),
    )
    const firstAfter = new Map(written.map(({ offset, ...key }) => [keyOf(key), offset]))
    for (const { wanted, lastSeen, log } of checked) {
      const first = firstAfter.get(keyOf(wanted)) ?? null
      wanted.isContradicted = isContradicted(wanted.offset, lastSeen, log, first)
    }
  }
}

/** A file means the current topic, so the id of a deleted topic is left out. */
const topicIdOf = ({ commit, reason }: KnownOffset): string | null =>
  reason === 'topic-deleted' ? null : commit.topicId

/** A time or a file gives an offset only. */
const offsetAlone = ({ topic, partition, offset }: TopicPartition & { offset: bigint }): ProposedOffset => ({
  topic,
  partition,
  offset,
  leaderEpoch: null,
  metadata: null,
  topicId: null,
})

/** The partitions to choose from. Without a snapshot of the group, a topic has to be named. */
async function choices(
  group: string,
  { topic, partitions, all }: PartitionSelection,
  kafka: PlannedKafka,
  known: readonly KnownOffset[],
): Promise<TopicPartition[]> {
  if (topic !== undefined && partitions) return partitions.map(partition => ({ topic, partition }))

  const { partitions: committed } = await kafka.read(group, [])
  const byPartition = new Map(
    [...known.map(({ commit }) => commit), ...committed].map(partition => [keyOf(partition), partition]),
  )
  const chosen = [...byPartition.values()].filter(
    partition => topic === undefined || partition.topic === topic,
  )
  if (chosen.length > 0 && (known.length > 0 || all)) return chosen

  if (topic === undefined) {
    throw new Failure(
      `no snapshot knows the group ${JSON.stringify(group)}, so its losses are not known: name a topic.`,
      { exitCode: 2, inputs: ['topic'] },
    )
  }
  const there = await kafka.partitionsOf(topic)
  if (there) return there.map(partition => ({ topic, partition }))
  throw new Failure(
    `these credentials see no topic ${JSON.stringify(topic)}: check its full name, or grant READ on the topic.`,
  )
}

const nothingChosen = (group: string, { topic, partitions }: PartitionSelection) =>
  new Failure(
    `nothing is known of group ${JSON.stringify(group)} in ${partitions ? `partition ${partitions.join(' or ')}` : 'any partition'}${topic === undefined ? '' : ` of topic ${JSON.stringify(topic)}`}: choose others.`,
    { exitCode: 2, inputs: ['topic', 'partition'] },
  )

const noPartition = ({ topic, partition }: TopicPartition) =>
  new Failure(
    `these credentials see no partition ${partition} of topic ${JSON.stringify(topic)}: check the partition and the topic.`,
  )

function knownOf(knownOffset: KnownOffset | undefined): Known {
  const { commit, status } = knownOffset ?? { status: 'committed' }
  if (commit && status === 'gone') return { status, lost: commit.offset }
  if (commit?.previousCommit && status === 'reset') {
    return { status, lost: commit.previousCommit.offset, resetTo: commit.previousCommit.resetTo }
  }
  return { status: 'committed' }
}

/**
 * The last restore of each partition; for a lost partition, the last one after the loss. Null if the store has none.
 */
async function restoresOf(
  { cluster, group, restores }: ProposeRestore,
  newest: Snapshot | undefined,
): Promise<(partition: TopicPartition, last: KnownOffset | undefined) => Restored | null> {
  const since = (newest?.head.takenAt ?? LOSS_IS_NEWS) - LOSS_IS_NEWS
  const restored = new Map<string, Restored>()
  for (const { startedAt: at, rows } of await restores.resultsOf(cluster, group, since)) {
    for (const row of rows) {
      const { outcome, target, found } = row
      if (outcome === 'restored') restored.set(keyOf(row), { at, offset: target })
      else if (outcome === 'unsure' || outcome === 'unknown')
        restored.set(keyOf(row), { at, offset: found ?? target })
      // An overwritten restore does not count, since a person has a reason to run another one.
      else if (outcome === 'overwritten') restored.delete(keyOf(row))
    }
  }
  return (partition, last) => {
    const found = restored.get(keyOf(partition)) ?? null
    const isOlder = found && last && last.status !== 'committed' && found.at <= last.seenAt
    return isOlder ? null : found
  }
}
