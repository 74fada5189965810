import type { Commit, PreviousCommit } from '../model/commit.ts'
import { hasNoMembers } from '../model/group-state.ts'

/**
 * The state after a loss: still gone, or committed again at the same, a lower or a higher offset. `by` is a number of
 * records, at most.
 */
export type Outcome =
  | { kind: 'gone' }
  | { kind: 'recovered' }
  | { kind: 'rewound'; by: bigint }
  | { kind: 'caught-up' }
  | { kind: 'went-on-or-skipped'; by: bigint }

/** A lost offset: it is gone, or was gone and was committed again. */
export interface Loss {
  /** The offset before the loss. */
  lost: bigint
  /** End of the last reading that saw the lost offset. This time and the partition identify the loss. */
  lastSeenAt: number
  /**
   * Latest possible time of the loss: of the tombstone, if the log has it; else the end of the reading that found the
   * offset gone or replaced, plus the clock skew.
   */
  lostBy: number
  outcome: Outcome
}

/** False for a deleted topic, which needs no offsets, and for a move backwards, which counts as deliberate. */
export const isLossReason = (reason: PreviousCommit['reason']): boolean =>
  reason !== 'topic-deleted' && reason !== 'moved-back'

/** Null if nothing was lost. */
export function lossOf({ offset, seenAt, gone, previousCommit: before }: Commit): Loss | null {
  if (gone) {
    if (!isLossReason(gone.reason)) return null
    return { lost: offset, lastSeenAt: seenAt, lostBy: gone.latest, outcome: { kind: 'gone' } }
  }
  if (before === null || !isLossReason(before.reason)) return null
  return {
    lost: before.offset,
    lastSeenAt: before.seenAt,
    lostBy: before.lostBy,
    outcome: outcomeOf(before.offset, before.resetTo, offset),
  }
}

/**
 * A step back, in the form of a loss, since it may be one. While a group has members, only members can commit. So
 * either a member committed a lower offset, usually after seek(), or the group lost its offset and began again between
 * two readings. Null if there was no step back.
 */
export function stepBackOf({ offset, gone, previousCommit: before }: Commit): Loss | null {
  if (gone !== null || before?.reason !== 'moved-back') return null
  const outcome = outcomeOf(before.offset, before.resetTo, offset)
  return { lost: before.offset, lastSeenAt: before.seenAt, lostBy: before.lostBy, outcome }
}

/**
 * @param lost the offset before the loss
 * @param resetTo the first offset that was seen after the loss
 * @param now the newest offset
 */
export function outcomeOf(lost: bigint, resetTo: bigint, now: bigint): Outcome {
  if (now === lost || resetTo === lost) return { kind: 'recovered' }
  if (now < lost) return { kind: 'rewound', by: lost - now }
  if (resetTo < lost) return { kind: 'caught-up' }
  return { kind: 'went-on-or-skipped', by: resetTo - lost }
}

/**
 * When a reading found a step back in a group that had members, ms since the epoch. Null if there was no step back, or
 * if an earlier version of this program found the step back.
 */
export const steppedBackAt = ({ gone, previousCommit: before }: Commit): number | null =>
  gone === null &&
  before?.reason === 'moved-back' &&
  before.foundInState !== null &&
  !hasNoMembers({ state: before.foundInState })
    ? before.lostBy
    : null

/**
 * When a reading found the newest loss, deletion or step back, ms since the epoch: start of the reading that found the
 * offset gone, else end of the reading that found another offset. A tombstone may be much older than that. 0: never.
 */
export function foundAt({ gone, runningFrom, previousCommit }: Commit, clockSkew: number): number {
  if (gone) return runningFrom ?? gone.latest
  return previousCommit ? previousCommit.lostBy - clockSkew : 0
}
