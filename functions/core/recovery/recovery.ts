import type { Impact } from '../impact.ts'
import type { PreviousCommit } from '../model/commit.ts'
import type { TopicPartition } from '../model/topic-partition.ts'

/** A partition with a lost offset, and the impact of that loss. */
export interface LostOffset extends TopicPartition {
  impact: Impact
}

/** The cost of each way back in one partition, in records; null if unknown. */
export interface Cost extends TopicPartition {
  /** Number of records that `auto.offset.reset=earliest` processes a second time. */
  twice: bigint | null
  /** Number of records that `latest` never reads. */
  skipped: bigint | null
  /** Number of records that were never read and are deleted: no way brings them back. */
  deleted: bigint
}

export interface Recovery {
  fits: 'restore' | 'earliest' | 'none'
  why: Why
  /** Ways with the same result: `seek` if the application can call it, `latest` while no more records are written. */
  alsoFits: ('seek' | 'latest')[]
  costs: Cost[]
}

/** Why a way fits. The first reason that applies counts. */
export type Why =
  /** Some offset lies beyond the log end. No consumer can continue there, and a person has to find the cause. */
  | 'beyond-log-end'
  | 'log-not-read'
  /** Starting at the log's start reads nothing twice and misses nothing. */
  | 'nothing-twice'
  /** In some partitions the records are deleted; a restore helps the other partitions. */
  | 'partly-deleted'
  /** All records still exist, so every other way reads records twice or misses some. */
  | 'in-the-log'

/** The way that fits a group with these lost offsets; null if it has lost none. Pure arithmetic on the logs. */
export function recoveryOf(lost: readonly LostOffset[]): Recovery | null {
  if (lost.length === 0) return null
  const costs = lost.map(({ topic, partition, impact }) => ({ topic, partition, ...costOf(impact) }))
  const why = whyOf(lost, costs)
  const fits = ways[why]
  const isAllRead = fits !== 'none' && costs.every(({ skipped }) => skipped === 0n)
  const alsoFits = [
    ...(fits === 'restore' ? ['seek' as const] : []),
    ...(isAllRead ? ['latest' as const] : []),
  ]
  return { fits, why, alsoFits, costs }
}

/** An offset found by a lookup: `reason` says why it was lost. */
interface FoundOffset {
  status: 'committed' | 'gone' | 'reset'
  reason: PreviousCommit['reason'] | null
  commit: TopicPartition
  impact: Impact
}

/** The way that fits a group's losses; null if there are none. For a deleted topic there is nothing to restore. */
export const recoveryFor = (offsets: readonly FoundOffset[]): Recovery | null =>
  recoveryOf(
    offsets
      .filter(({ status, reason }) => status !== 'committed' && reason !== 'topic-deleted')
      .map(({ commit: { topic, partition }, impact }) => ({ topic, partition, impact })),
  )

const ways: Record<Why, Recovery['fits']> = {
  'beyond-log-end': 'none',
  'log-not-read': 'restore',
  'nothing-twice': 'earliest',
  'partly-deleted': 'restore',
  'in-the-log': 'restore',
}

function whyOf(lost: readonly LostOffset[], costs: readonly Cost[]): Why {
  const has = (kind: Impact['kind']) => lost.some(({ impact }) => impact.kind === kind)
  if (has('beyond-log-end')) return 'beyond-log-end'
  if (has('unknown')) return 'log-not-read'
  if (costs.every(({ twice }) => twice === 0n)) return 'nothing-twice'
  return has('below-log-start') ? 'partly-deleted' : 'in-the-log'
}

function costOf(impact: Impact): Omit<Cost, keyof TopicPartition> {
  switch (impact.kind) {
    case 'unknown':
    case 'beyond-log-end':
      return { twice: null, skipped: null, deleted: 0n }
    case 'none':
      return { twice: 0n, skipped: 0n, deleted: 0n }
    case 'below-log-start':
      return { twice: 0n, skipped: impact.available, deleted: impact.missing }
    case 'reset':
      return { twice: impact.reprocessed, skipped: impact.skipped, deleted: 0n }
  }
}
