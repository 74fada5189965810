import { restoreCommand } from '../../../functions/cli/flags/restore.ts'
import { lookupView } from '../../../functions/cli/views/lookup.ts'
import { nextStepView, planView } from '../../../functions/cli/views/restore.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { planRestore } from '../../../functions/core/recovery/restore-plan.ts'
import { lookUp } from '../../../functions/jobs/look-up.ts'
import { commitOf, headOf } from '../../builders/snapshots.ts'

const MINUTE = 60_000
/** Sunday 2026-11-22, 02:00 UTC. */
const takenAt = Date.UTC(2026, 10, 22, 2)
const now = takenAt + 10 * MINUTE
const group = 'my-group'
const [topic, topicId] = ['team.orders', 'b4d5c0de-1111-4222-8333-444455556666']

/** Two offsets of a stopped group that went between 01:45 and 02:00. */
const gone = [
  { partition: 0, offset: 48_113n, logEnd: 48_233n },
  { partition: 1, offset: 51_020n, logEnd: 51_386n },
].map(offset =>
  commitOf({
    group,
    topic,
    topicId,
    kind: 'classic',
    state: 'Empty',
    rule: 'classic-empty',
    logStart: 1000n,
    ...offset,
    seenAt: takenAt - 15 * MINUTE,
    gone: { reason: 'unknown', earliest: takenAt - 15 * MINUTE, latest: takenAt },
  }),
)

/** What `lookup my-group` prints. */
export async function printedLookup(): Promise<string> {
  const head = headOf({ takenAt, counts: { groups: 213, commits: 1310, gone: 2 } })
  const snapshots = {
    at: async () => undefined,
    readGroup: async () => ({ head, commits: CommitTable.from(gone) }),
    async *heads() {},
  }
  const found = await lookUp({ clusters: ['prod'], group, topic: undefined, at: undefined, snapshots })
  return lookupView(found, 'team-orders', now)
}

/** What `restore my-group` prints. */
export function printedPlan(): string {
  const wanted = gone.map(({ partition, offset, leaderEpoch, metadata }) => ({
    topic,
    topicId,
    partition,
    offset,
    leaderEpoch,
    metadata,
    known: { status: 'gone', lost: offset } as const,
    restored: null,
  }))
  const partitions = gone.map(({ partition, logStart, logEnd }) => ({
    topic,
    topicId,
    partition,
    presence: 'there' as const,
    committed: 'none' as const,
    log: { start: logStart ?? 0n, end: logEnd ?? 0n },
  }))
  const selection = { topic: undefined, partitions: undefined, all: false }
  const options = { selection, belowStart: 'refuse' } as const
  const plan = planRestore(group, wanted, { kind: 'unknown', state: 'Dead', partitions }, options)
  const source = { kind: 'snapshot', takenAt } as const
  const proposed = { cluster: 'prod', clusterId: 'id', source, ...options, plan, hidden: null }
  return `${planView(proposed, now)}\n\n${nextStepView(proposed, restoreCommand(group, 'prod', options))}`
}
