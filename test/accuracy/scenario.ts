import type { GoneReason, Rule } from '../../functions/core/model/commit.ts'
import type { Coordinator } from '../brokers/coordinators.ts'

export type WatchMode = 'exact' | 'observed'

/** A group, the actions on it, and the expected fate of its offsets. */
export interface Scenario {
  /** Prefix of its group ids and topics. */
  name: string
  /** The group coordinator that can play it: Kafka 4's or Kafka 3's. Undefined: either. */
  coordinator?: Coordinator
  /** Not every version of that coordinator has groups of this kind. */
  kind?: 'streams'
  /** Not every version allows a classic group to become this kind. */
  becomes?: 'consumer' | 'streams'
  /** The topics with offsets of the group. Each is a row of the table. */
  rows: Readonly<Record<string, Row>>
  play(stage: Stage): Promise<void>
}

export interface Row {
  title: string
  /** The rule for the row's offsets when they were last seen, or before. The rule defines the row. */
  rule: Rule
  /** How each life of the row's offsets ended, in a person's words; `kept` is possible for the last life only. */
  ends: readonly (Exclude<GoneReason, 'unknown'> | 'kept')[]
  /** Why a mode cannot be right about this row (docs/retention.md). The row is then exempt from that mode's bars. */
  limits?: Partial<Record<WatchMode, string>>
}

/** The actions of a scenario. Topics have the names of `rows`; each action applies to all of a topic's partitions. */
export interface Stage {
  /** Resolves at this number of seconds after the start. */
  at: (seconds: number) => Promise<void>
  /** Resolves after the next complete snapshot of each mode. */
  untilLookedAt: () => Promise<void>
  /** Commits without a member, like assign(). `expiresIn` (ms) gives the offsets their own expiry. */
  commit: (topic: string, offset: bigint, options?: { expiresIn?: number }) => Promise<void>
  /** A member with all partitions of these topics. A member of a streams group has committed everything it found. */
  join: (protocol: 'classic' | 'consumer' | 'streams', ...topics: string[]) => Promise<Member>
  /** Sends offsets within a transaction, which stays open. */
  transaction: (topic: string, offset: bigint) => Promise<OpenTransaction>
  /** Resolves when the witness no longer sees any of the topic's offsets. */
  untilGone: (topic: string) => Promise<void>
  deleteGroup: () => Promise<void>
  deleteTopic: (topic: string) => Promise<void>
  createTopic: (topic: string) => Promise<void>
  /** Restarts one broker after another, with a handover. Once for all scenarios. */
  restartBrokers: () => Promise<void>
}

export interface Member {
  commit(topic: string, offset: bigint): Promise<void>
  /** Polls until `work` is done, and so takes part in rebalances. A member that does not poll misses them. */
  pollDuring<T>(work: Promise<T>): Promise<T>
  leave(): Promise<void>
}

/** Offsets in a transaction, which become the group's committed offsets when the transaction commits. */
export interface OpenTransaction {
  commit: () => Promise<void>
  abort: () => Promise<void>
}

/** The earliest end of a run, in seconds after the start. */
export const endOfPlay = 118
