import type { GoneReason, Rule } from '../../functions/core/model/commit.ts'
import type { Coordinator } from '../brokers/coordinators.ts'

export type WatchMode = 'exact' | 'observed'

/** A group, what is done to it, and what must become of its offsets. */
export interface Scenario {
  /** Group ids and topics begin with it. */
  name: string
  /** Which group coordinator it is for: that of Kafka 4, or that of Kafka 3. Undefined: either. */
  coordinator?: Coordinator
  /** Not every version of that coordinator has groups of this kind. */
  kind?: 'streams'
  /** Not every version lets a classic group become one of this kind. */
  becomes?: 'consumer' | 'streams'
  /** The topics that the group has offsets of. Each is a row of the table. */
  rows: Readonly<Record<string, Row>>
  play(stage: Stage): Promise<void>
}

export interface Row {
  title: string
  /** By this rule its offsets were judged when they were seen last, or before: what makes the row what it is. */
  rule: Rule
  /** How each of its lives ended, as a person would put it; `kept` is how the last one may. */
  ends: readonly (Exclude<GoneReason, 'unknown'> | 'kept')[]
  /** Why a mode cannot be right about it (docs/retention.md): the row is outside that mode's bars. */
  limits?: Partial<Record<WatchMode, string>>
}

/** What a scenario can do. Topics go by their names in `rows`; each act is done to all of a topic's partitions. */
export interface Stage {
  /** Resolves so many seconds after the play began. */
  at: (seconds: number) => Promise<void>
  /** Resolves when a complete snapshot of each mode has been taken from now on. */
  untilLookedAt: () => Promise<void>
  /** By nobody's member, as assign() does. `expiresIn`, ms, gives the offsets a deadline of their own. */
  commit: (topic: string, offset: bigint, options?: { expiresIn?: number }) => Promise<void>
  /** A member with all partitions of these topics. One of a streams group has committed all that it found. */
  join: (protocol: 'classic' | 'consumer' | 'streams', ...topics: string[]) => Promise<Member>
  /** Sends offsets within a transaction, which stays open. */
  transaction: (topic: string, offset: bigint) => Promise<OpenTransaction>
  /** Until the witness, who saw them, sees none of the topic's offsets any more. */
  untilGone: (topic: string) => Promise<void>
  deleteGroup: () => Promise<void>
  deleteTopic: (topic: string) => Promise<void>
  createTopic: (topic: string) => Promise<void>
  /** One broker after the other stops, hands over what it leads, and comes back. Once for all scenarios. */
  restartBrokers: () => Promise<void>
}

export interface Member {
  commit(topic: string, offset: bigint): Promise<void>
  /** Polls until `work` is done, and so takes part in rebalances: otherwise it does not hear of them. */
  pollDuring<T>(work: Promise<T>): Promise<T>
  leave(): Promise<void>
}

/** Offsets that were sent, and count once it commits. */
export interface OpenTransaction {
  commit: () => Promise<void>
  abort: () => Promise<void>
}

/** When a run ends at the earliest, in seconds after the play began. */
export const endOfPlay = 118
