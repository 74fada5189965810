import { Failure } from '../core/failure.ts'
import { type Impact, impactOf } from '../core/impact.ts'
import { lossOf } from '../core/loss.ts'
import type { Commit, GoneReason } from '../core/model.ts'
import { LOSS_IS_NEWS } from '../core/policy.ts'
import type { Snapshot, SnapshotHead } from '../core/snapshot.ts'
import type { SnapshotReader } from './ports.ts'
import { unknownGroup } from './status.ts'

export interface LookUp {
  /** Names of the clusters to look in. */
  clusters: string[]
  group: string
  topic: string | undefined
  /** The newest snapshot at or before this time, ms since the epoch; undefined: the newest. */
  at: number | undefined
  snapshots: SnapshotReader
}

export interface LookUpResult {
  head: SnapshotHead
  /** In the order of topic and partition; never empty. */
  positions: Position[]
}

/** Where a group was, and is, in one partition. */
export interface Position {
  commit: Commit
  /** `reset`: it was lost, and committed again elsewhere. */
  status: 'committed' | 'gone' | 'reset'
  /** The last known offset; of a reset partition the one before. */
  offset: bigint
  leaderEpoch: number | null
  metadata: string | null
  /** End of the last reading that saw this offset, ms. */
  seenAt: number
  /** Why it is gone, or was. */
  reason: GoneReason | null
  /** What stands in the log at this offset, as it was read last. */
  impact: Impact
}

/**
 * A group's last known offsets, also where they are gone or reset.
 * @throws Failure where the group is unknown, is in several clusters, or no snapshot is old enough
 */
export async function lookUp({ clusters, group, topic, at, snapshots }: LookUp): Promise<LookUpResult> {
  const found: Snapshot[] = []
  for (const cluster of clusters) {
    const snapshot = await snapshots.readGroup(cluster, at ?? Number.POSITIVE_INFINITY, group)
    if (snapshot && snapshot.commits.length > 0) found.push(snapshot)
  }
  const [snapshot, another] = found
  if (!snapshot) throw await notFound({ clusters, group, at, snapshots })
  if (another) {
    const names = found.map(({ head }) => head.cluster).join(', ')
    throw new Failure(
      `group ${JSON.stringify(group)} is in the clusters ${names}: choose one with --cluster.`,
      { exitCode: 2 },
    )
  }

  const { head, commits } = snapshot
  const positions = [...commits]
    .filter(commit => topic === undefined || commit.topic === topic)
    .map(commit => positionOf(commit, head))
  if (positions.length > 0) return { head, positions }
  const topics = new Set([...commits].map(commit => JSON.stringify(commit.topic)))
  throw new Failure(
    `group ${JSON.stringify(group)} has no offset of topic ${JSON.stringify(topic)}: it has them of ${[...topics].join(', ')}.`,
  )
}

/** A reset is told as long as it is news: whoever went on for a week does not want to go back. */
function positionOf(commit: Commit, { finishedAt }: SnapshotHead): Position {
  const { before, gone } = commit
  const loss = lossOf(commit)
  const isReset =
    (loss?.outcome.kind === 'rewound' || loss?.outcome.kind === 'went-on-or-skipped') &&
    loss.lostBy >= finishedAt - LOSS_IS_NEWS

  const { offset, leaderEpoch, metadata, seenAt } = isReset && before ? before : commit
  return {
    commit,
    status: gone ? 'gone' : isReset ? 'reset' : 'committed',
    offset,
    leaderEpoch,
    metadata,
    seenAt,
    reason: gone?.reason ?? (isReset ? before?.reason : null) ?? null,
    impact: impactOf(offset, commit),
  }
}
