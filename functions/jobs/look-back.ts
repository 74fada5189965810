import type { Commit } from '../core/model/commit.ts'
import { changedAt, eventsBetween, type HistoryEvent } from '../core/recovery/group-history.ts'
import type { SkipOptions, SnapshotReader } from './ports.ts'

export interface LookBack extends SkipOptions {
  cluster: string
  group: string
  topic: string | undefined
  /** From the newest snapshot at or before this time back to the other, ms since the epoch. */
  until: number
  since: number
  /** How many snapshots to read at most. */
  limit: number
  snapshots: Pick<SnapshotReader, 'readGroup'>
}

export interface History {
  /** Oldest first. */
  events: HistoryEvent[]
  /** Number of snapshots that were read. */
  read: number
  /** False where the limit ended it: there is more before the first event. */
  complete: boolean
  /** Kafka's id of the cluster that had the name before, with which this history has nothing to do; else null. */
  predecessor: string | null
}

/**
 * How a group's offsets moved. Each row says since when it stands as it does, so snapshots in which nothing changed are
 * not read: a quiet group's year takes a few reads.
 */
export async function lookBack({
  cluster,
  group,
  topic,
  until,
  since,
  limit,
  snapshots,
  ...skip
}: LookBack): Promise<History> {
  const found: HistoryEvent[] = []
  const history = (read: number, complete: boolean, predecessor: string | null = null): History => ({
    events: found.sort((a, b) => a.by - b.by || (a.after ?? 0) - (b.after ?? 0)),
    read,
    complete,
    predecessor,
  })
  let newer: { commits: Commit[]; finishedAt: number } | undefined
  let clusterId: string | undefined
  let time = until

  for (let read = 0; read < limit; read++) {
    const snapshot = await snapshots.readGroup(cluster, time, group, skip)
    clusterId ??= snapshot?.head.clusterId
    const isSame = snapshot !== undefined && snapshot.head.clusterId === clusterId
    const commits = [...(isSame ? snapshot.commits : [])].filter(
      commit => (topic ?? commit.topic) === commit.topic,
    )
    if (newer) found.push(...eventsBetween(commits, newer.commits, newer.finishedAt))
    if (snapshot === undefined) return history(read, true)
    if (!isSame) return history(read, true, snapshot.head.clusterId)
    if (commits.length === 0 || snapshot.head.finishedAt < since) return history(read + 1, true)

    newer = { commits, finishedAt: snapshot.head.finishedAt }
    time = Math.min(
      snapshot.head.takenAt - 1,
      commits.reduce((latest, commit) => Math.max(latest, changedAt(commit)), 0),
    )
  }
  return history(limit, false)
}
