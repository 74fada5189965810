import type { Incident, Resolution } from './alert-state.ts'
import type { Impact } from './impact.ts'
import type { BrokerRetention, Commit, Level } from './model.ts'

/** Why a group needs a person; each has its own guidance. */
export type Cause = 'simple' | 'assign-while-empty' | 'beyond-log-end' | 'stopped'

/** What a message has to say, without how it is said: functions/slack/ renders it. */
export type Notice = ExpiringNotice | LossNotice | UnknownAgeNotice

interface GroupNotice {
  cluster: string
  incident: Incident
  /** Start of the snapshot this rests on. */
  takenAt: number
  /** Now, to say how long is left. */
  now: number
  mention: boolean
  /** Set when the incident is over: the message says so and why, and stays. */
  resolved: Resolution | null
}

export interface ExpiringNotice extends GroupNotice {
  type: 'expiring'
  cause: Cause
  level: Level | null
  /** `last`: a message of its own at the last level, beside the incident's first one. */
  slot: 'parent' | 'last'
  /** True where nothing would be lost now, as each partition's log is empty at its offset. */
  harmless: boolean
  /** The partitions at risk, most urgent first. */
  commits: { commit: Commit; level: Level | null; impact: Impact }[]
  /** Retention of the group's coordinator, and where the number came from. */
  retention: BrokerRetention
  /** Clock skew to add to comparisons of exact times with now, ms. */
  clockSkew: number
}

export interface LossNotice extends GroupNotice {
  type: 'loss'
  commits: LostCommit[]
}

/** One partition that lost its place; `commit` is the row of the snapshot, gone or committed again. */
export interface LostCommit {
  commit: Commit
  /** The offset before it was lost. */
  lost: bigint
  /** End of the last reading that saw that offset. */
  lastSeenAt: number
  /** What became of it since. */
  outcome: Outcome
  /** What stands in the log at the lost offset. */
  impact: Impact
}

/** After a loss: still gone, or committed again at the same, a lower or a higher offset. Numbers of records. */
export type Outcome =
  | { kind: 'gone' }
  | { kind: 'recovered' }
  | { kind: 'rewound'; by: bigint }
  | { kind: 'caught-up' }
  | { kind: 'went-on-or-skipped'; by: bigint }

export interface UnknownAgeNotice {
  type: 'unknown-age'
  cluster: string
  takenAt: number
  /** Number of groups; 0 edits the message to say that it is over. */
  groups: number
  /** Some of them, at most ten. */
  examples: string[]
  knownFrom: number
}
