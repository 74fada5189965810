import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { DAY, MINUTE } from '../../functions/core/time.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { headOf, manyCommits } from '../builders/snapshots.ts'

export const INTERVAL = 15 * MINUTE
const PARTITIONS = 20

/** Groups with special histories. The others commit in every third snapshot. */
export const groups = { busy: 'busy', quiet: 'quiet', lossy: 'lossy' }

/**
 * Two weeks of snapshots: `busy` commits all the time, `quiet` never, and `lossy` loses a partition each day at noon
 * and commits it again an hour later.
 * @param from time of the first snapshot, ms since the epoch
 */
export async function fillStore(folder: string, from: number, snapshots: number, groupCount: number) {
  const store = snapshotStore(folderStore(folder))
  const names = Object.values(groups)
  const commits = [...manyCommits(groupCount * PARTITIONS)].map((commit, i): Commit => {
    const group = names[Math.floor(i / PARTITIONS)] ?? commit.group
    return { ...commit, group, firstSeenAt: from, valueSeenAt: from, topicId: null }
  })
  commits.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.partition - b.partition))

  for (let i = 0; i < snapshots; i++) {
    const takenAt = from + i * INTERVAL
    const finishedAt = takenAt + 4000
    for (const [row, commit] of commits.entries())
      commits[row] = { ...next(commit, i, takenAt, finishedAt), seenFrom: takenAt, seenAt: finishedAt }
    const counts = { groups: groupCount, commits: commits.length, gone: 0 }
    const head = headOf({ cluster: 'prod', takenAt, finishedAt, counts, clockSkew: 0 })
    await store.write({ head, commits: CommitTable.from(commits) })
  }
}

function next(commit: Commit, i: number, takenAt: number, finishedAt: number): Commit {
  const { group, partition, offset, seenAt, gone } = commit
  if (group === groups.lossy && partition === 0) {
    const ofDay = i % (DAY / INTERVAL)
    if (ofDay === 48) return { ...commit, gone: { reason: 'expired', earliest: takenAt, latest: finishedAt } }
    if (ofDay === 52 && gone) {
      const { topicId, leaderEpoch, metadata } = commit
      const lost = { offset, topicId, leaderEpoch, metadata, seenAt, lostBy: finishedAt }
      const resetTo = offset - 100n
      return {
        ...commit,
        gone: null,
        offset: resetTo,
        valueSeenAt: finishedAt,
        previousCommit: { ...lost, reason: gone.reason, resetTo, foundInState: commit.state },
      }
    }
  }
  const moves =
    gone === null && (group === groups.busy || (group !== groups.quiet && (i + partition) % 3 === 0))
  if (!moves) return commit
  return {
    ...commit,
    offset: offset + 10n,
    valueSeenAt: finishedAt,
    committed: { earliest: takenAt - INTERVAL, latest: finishedAt },
  }
}
