import type { TopicPartition } from '../model/topic-partition.ts'
import { iso } from '../time.ts'
import { isRefused, type RestorePlan } from './restore-plan.ts'

/** Source of the offsets of a restore. Times are ms since the epoch. */
export type RestoreSource =
  /** A snapshot; `takenAt` says which. */
  | { kind: 'snapshot'; takenAt: number }
  /** The logs: in each partition, the first record that is not older than `time`. */
  | { kind: 'time'; time: number }
  | { kind: 'file'; path: string }

/** The person and the plan of a restore, stored before anything is written to Kafka. */
export interface RestoreIntent {
  cluster: string
  clusterId: string
  group: string
  startedAt: number
  by: { user: string; host: string }
  toolVersion: string
  source: RestoreSource
  plan: RestorePlan
}

/** The result of a restore. */
export interface RestoreResult {
  cluster: string
  group: string
  startedAt: number
  finishedAt: number
  /** When the offsets were read again to check that they stayed; null if the offsets were not read again. */
  lookedAgainAt: number | null
  /** One result for each row that should be written. */
  rows: RowResult[]
}

export interface RowResult extends TopicPartition {
  outcome: RowOutcome
  /** The offset that should be written. */
  target: bigint
  /** The offset that was read last; null if there was none, or none was read. */
  found: bigint | null
  /** The reason, as the end of a sentence; null if there is none. */
  why: string | null
}

export const rowOutcomes = [
  /** Written, and read back. */
  'restored',
  /** Another client has committed the same offset in the meantime. */
  'already-there',
  /** Not written: Kafka's state differs from the plan. */
  'changed',
  /** Not written: members have joined. */
  'members',
  /** Not written: the broker refused it, or the user stopped it. */
  'failed',
  /** The offset may have been written, or may be written later. */
  'unsure',
  /** Written, and then another offset was committed. */
  'overwritten',
  /** A later version added this outcome: the offset may have been written. */
  'unknown',
] as const
export type RowOutcome = (typeof rowOutcomes)[number]

/** The source, as it is stored and as `restore --json` prints it. */
export function sourceJson(source: RestoreSource) {
  switch (source.kind) {
    case 'snapshot':
      return { kind: source.kind, takenAt: iso(source.takenAt) }
    case 'time':
      return { kind: source.kind, time: iso(source.time) }
    case 'file':
      return source
  }
}

/**
 * Exit code of `restore`.
 * @param result undefined if only the plan was made
 */
export function restoreCode(
  { rows }: Pick<RestorePlan, 'rows'>,
  result: RestoreResult | undefined,
): 0 | 1 | 3 {
  const outcomes = result?.rows.map(({ outcome }) => outcome) ?? []
  if (outcomes.some(outcome => outcome === 'failed' || outcome === 'unsure')) return 3
  const isDone = outcomes.every(outcome => outcome === 'restored' || outcome === 'already-there')
  return isDone && !rows.some(isRefused) ? 0 : 1
}
