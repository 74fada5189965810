import { lossOf } from '../core/evidence/loss.ts'
import { type Impact, impactOf } from '../core/impact.ts'
import type { Commit, GroupKind, LastMember, PreviousCommit, Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { NeverCommitted } from '../core/model/never-committed.ts'
import { LOSS_IS_NEWS } from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { iso } from '../core/time.ts'
import { noSnapshot, unknownGroup } from './not-found.ts'
import type { SkipOptions, SnapshotReader } from './ports.ts'

export interface LookUp extends SkipOptions {
  clusters: string[]
  group: string
  topic: string | undefined
  /** Reads the newest snapshot at or before this time, ms since the epoch; undefined: the newest. */
  at: number | undefined
  snapshots: SnapshotReader
}

export interface LookUpResult {
  head: SnapshotHead
  group: string
  kind: GroupKind
  state: string
  lastMember: LastMember | null
  /** In the order of topic and partition; never empty. */
  offsets: KnownOffset[]
  /** Kafka's id of the cluster that has the name now, if the snapshot is from a different one; otherwise null. */
  replacedBy: string | null
  /** Partitions that the group's members own, and that the group has no offset for. */
  neverCommitted: NeverCommitted[]
}

/** A group's last known position in one partition. */
export interface KnownOffset {
  commit: Commit
  /** `reset`: the offset was lost, and the group committed a different one. */
  status: 'committed' | 'gone' | 'reset'
  /** The last known offset; for a reset partition, the offset before the reset. */
  offset: bigint
  leaderEpoch: number | null
  metadata: string | null
  /** End of the last reading that saw this offset, ms. */
  seenAt: number
  /** Why the offset is gone, or was gone. */
  reason: PreviousCommit['reason'] | null
  /** The effect of this offset, by the log's start and end at the last reading. Unknown for a deleted topic. */
  impact: Impact
}

/**
 * A group's last known offsets, including gone and reset ones.
 * @throws Failure if the group is unknown or in several clusters, or no snapshot is old enough
 */
export async function lookUp({
  clusters,
  group,
  topic,
  at = Infinity,
  ...from
}: LookUp): Promise<LookUpResult> {
  const { snapshots } = from
  const answers = await Promise.all(clusters.map(cluster => snapshots.readGroup(cluster, at, group, from)))
  const found = answers.filter(answer => answer !== undefined && answer.commits.length > 0)

  const [snapshot, another] = found
  if (another) {
    const names = found.map(answer => answer?.head.cluster).join(' and ')
    throw new Failure(`group ${JSON.stringify(group)} is in the clusters ${names}: choose one.`, {
      exitCode: 2,
      inputs: ['cluster'],
    })
  }
  if (!snapshot) throw await notFound(clusters, group, at, snapshots)

  const { head } = snapshot
  const newest = at === Infinity ? snapshot : await snapshots.readGroup(head.cluster, Infinity, group, from)
  const replacedBy = newest && newest.head.clusterId !== head.clusterId ? newest.head.clusterId : null
  const commits = [...snapshot.commits]
  const offsets = commits.filter(commit => topic === undefined || commit.topic === topic)
  const [first] = offsets
  if (first) {
    const { kind, state } = first
    const known = offsets.map(commit => knownOffsetOf(commit, head))
    const lastMember = commits.find(row => row.lastMember !== null)?.lastMember ?? null
    const neverCommitted = head.neverCommitted.filter(
      entry => entry.group === group && (topic === undefined || entry.topic === topic),
    )
    return { head, group, kind, state, lastMember, replacedBy, neverCommitted, offsets: known }
  }

  const topics = [...new Set(commits.map(commit => JSON.stringify(commit.topic)))].join(', ')
  throw new Failure(
    `group ${JSON.stringify(group)} has no offset of topic ${JSON.stringify(topic)}, only of ${topics}.`,
  )
}

/** Has a sentence for each cluster: the group may be known in any of them, or a cluster may not be readable. */
async function notFound(
  clusters: string[],
  group: string,
  at: number,
  snapshots: SnapshotReader,
): Promise<Failure> {
  const failures = await Promise.all(clusters.map(cluster => notFoundIn(cluster, group, at, snapshots)))
  const [only, ...others] = failures
  return only && others.length === 0 ? only : new Failure(failures.map(({ message }) => message).join(' '))
}

async function notFoundIn(
  cluster: string,
  group: string,
  at: number,
  snapshots: SnapshotReader,
): Promise<Failure> {
  const skipped: string[] = []
  const onSkipped = ({ message }: Problem) => void skipped.push(message)
  const snapshot = await snapshots.at(cluster, at, { onSkipped })
  if (snapshot) {
    const newest = at === Infinity ? undefined : await snapshots.readGroup(cluster, Infinity, group, {})
    if (!newest || newest.commits.length === 0) return unknownGroup(group, snapshot)
    return new Failure(
      `cluster "${cluster}" had no offsets of group ${JSON.stringify(group)} at that time, by its snapshot of ${iso(snapshot.head.takenAt)}: choose a later time.`,
    )
  }
  if (skipped.length > 0)
    return noSnapshot(cluster, skipped, at === Infinity ? undefined : 'Choose a later time.')
  for await (const head of snapshots.heads(cluster, 0, Infinity)) {
    return new Failure(
      `cluster "${cluster}" has no snapshot from that time: the first one is of ${iso(head.takenAt)}. Choose a later time.`,
    )
  }
  return noSnapshot(cluster)
}

/** A reset is reported only while it is news: a group that has continued for a week does not need the old offset. */
export function knownOffsetOf(commit: Commit, { finishedAt }: SnapshotHead): KnownOffset {
  const { previousCommit: before, gone } = commit
  const loss = lossOf(commit)
  const isReset =
    (loss?.outcome.kind === 'rewound' || loss?.outcome.kind === 'went-on-or-skipped') &&
    loss.lostBy >= finishedAt - LOSS_IS_NEWS

  const { offset, leaderEpoch, metadata, seenAt } = isReset && before ? before : commit
  const reason = gone?.reason ?? (isReset ? before?.reason : null) ?? null
  return {
    commit,
    status: gone ? 'gone' : isReset ? 'reset' : 'committed',
    offset,
    leaderEpoch,
    metadata,
    seenAt,
    reason,
    impact: reason === 'topic-deleted' ? { kind: 'unknown' } : impactOf(offset, commit),
  }
}
