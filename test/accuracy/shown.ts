import type { Commit } from '../../functions/core/model/commit.ts'
import { effectiveLevels, levelOf, retentionOf } from '../../functions/core/policy.ts'
import type { SnapshotHead } from '../../functions/core/snapshot.ts'

const HOUR = 60 * 60 * 1000
/** The default levels. With a retention of a minute they become 30, 12 and 3 s. */
const levels = { first: 72 * HOUR, second: 24 * HOUR, last: 6 * HOUR }

/** True if a snapshot has shown the danger: near its deadline, of unknown age, or kept only by its guard. */
export function isShownAtRisk({
  reading: { head },
  commit,
}: {
  reading: { head: SnapshotHead }
  commit: Commit
}): boolean {
  const { deadline, ifStopped } = commit
  const now = head.finishedAt
  if (deadline) {
    const context = { now, clockSkew: head.clockSkew, retention: head.retention }
    const own = effectiveLevels(levels, retentionOf(commit, context))
    return deadline.earliest === null || levelOf(commit, own, context) !== null
  }
  return ifStopped !== null && (ifStopped.earliest ?? 0) <= now
}
