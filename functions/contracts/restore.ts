import type { PlanRow } from '../core/recovery/restore-plan.ts'
import { type RestoreResult, sourceJson } from '../core/recovery/restore-record.ts'
import { iso } from '../core/time.ts'
import type { ProposedRestore } from '../jobs/propose-restore.ts'
import { decimal } from '../text/decimal.ts'

/** Output of `restore --json`: the plan, and its results if it was executed. */
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

const planJson = (row: PlanRow) => ({
  topic: row.topic,
  topicId: row.found.topicId,
  partition: row.partition,
  now: decimal(row.currentOffset),
  target: decimal(row.target),
  difference: decimal(row.difference),
  leaderEpoch: row.leaderEpoch,
  metadata: row.metadata,
  logStart: decimal(row.found.log?.start ?? null),
  logEnd: decimal(row.found.log?.end ?? null),
  verdict: row.verdict,
})

const resultJson = ({ startedAt, finishedAt, lookedAgainAt, rows }: RestoreResult) => ({
  startedAt: iso(startedAt),
  finishedAt: iso(finishedAt),
  lookedAgainAt: lookedAgainAt === null ? null : iso(lookedAgainAt),
  partitions: rows.map(({ topic, partition, target, outcome, found, why }) => ({
    topic,
    partition,
    offset: decimal(target),
    outcome,
    found: decimal(found),
    why,
  })),
})
