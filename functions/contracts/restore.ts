import type { PlanRow } from '../core/recovery/restore-plan.ts'
import type { RestoreResult, RestoreSource } from '../core/recovery/restore-record.ts'
import { iso } from '../core/time.ts'
import type { ProposedRestore } from '../jobs/propose-restore.ts'

/** What `restore --json` prints: the plan, and what came of it where it was carried out. */
export const restoreJson = (
  { cluster, clusterId, source, plan, hidden }: ProposedRestore,
  result: RestoreResult | undefined,
) => ({
  schemaVersion: 1,
  cluster,
  clusterId,
  group: plan.group,
  kind: plan.kind,
  state: plan.state,
  source: sourceJson(source),
  plan: plan.rows.map(planJson),
  others: plan.others,
  committedWithoutMembers: hidden && { offsets: hidden.offsets, since: iso(hidden.since) },
  result: result ? resultJson(result) : null,
})

function sourceJson(source: RestoreSource) {
  switch (source.kind) {
    case 'snapshot':
      return { kind: source.kind, takenAt: iso(source.takenAt) }
    case 'time':
      return { kind: source.kind, time: iso(source.time) }
    case 'file':
      return source
  }
}

const digits = (offset: bigint | null) => (offset === null ? null : String(offset))

const planJson = (row: PlanRow) => ({
  topic: row.topic,
  topicId: row.found.topicId,
  partition: row.partition,
  now: digits(row.currentOffset),
  target: digits(row.target),
  difference: digits(row.difference),
  leaderEpoch: row.leaderEpoch,
  metadata: row.metadata,
  logStart: digits(row.found.log?.start ?? null),
  logEnd: digits(row.found.log?.end ?? null),
  verdict: row.verdict,
})

const resultJson = ({ startedAt, finishedAt, lookedAgainAt, rows }: RestoreResult) => ({
  startedAt: iso(startedAt),
  finishedAt: iso(finishedAt),
  lookedAgainAt: lookedAgainAt === null ? null : iso(lookedAgainAt),
  partitions: rows.map(({ topic, partition, target, outcome, found, why }) => ({
    topic,
    partition,
    offset: digits(target),
    outcome,
    found: digits(found),
    why,
  })),
})
