import { changedAt, eventsBetween, type HistoryEvent } from '../core/group-history.ts'
import type { Commit } from '../core/model.ts'
import type { SkipOptions, SnapshotReader } from './look-up.ts'

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
  const events: HistoryEvent[][] = []
  let newer: Commit[] | undefined
  let time = until

  for (let read = 0; read < limit; read++) {
    const snapshot = await snapshots.readGroup(cluster, time, group, skip)
    const commits = [...(snapshot?.commits ?? [])].filter(each => topic === undefined || each.topic === topic)
    if (newer) events.unshift(eventsBetween(commits, newer))
    if (snapshot === undefined || commits.length === 0 || snapshot.head.finishedAt < since) {
      return { events: events.flat(), read: read + 1, complete: true }
    }

    newer = commits
    time = Math.min(snapshot.head.takenAt - 1, Math.max(...commits.map(changedAt)))
  }
  return { events: events.flat(), read: limit, complete: false }
}
