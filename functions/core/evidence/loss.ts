import type { Commit, PreviousCommit } from '../model/commit.ts'
import { hasNoMembers } from '../model/group-state.ts'

/** After a loss: still gone, or committed again at the same, a lower or a higher offset. In numbers of records. */
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
  /** End of the last reading that saw it. Together with the partition it identifies the loss. */
  lastSeenAt: number
  /** End of the reading that found it gone, or committed elsewhere since. It was lost before that. */
  lostBy: number
  outcome: Outcome
}

/** A deleted topic has no offset to lose, and a move backwards is intended. */
export const isLoss = (reason: PreviousCommit['reason']): boolean =>
  reason !== 'topic-deleted' && reason !== 'moved-back'

/** Null if nothing was lost. */
export function lossOf({ offset, seenAt, gone, previousCommit: before }: Commit): Loss | null {
  if (gone) {
    if (!isLoss(gone.reason)) return null
    return { lost: offset, lastSeenAt: seenAt, lostBy: gone.latest, outcome: { kind: 'gone' } }
  }
  if (before === null || !isLoss(before.reason)) return null
  return {
    lost: before.offset,
    lastSeenAt: before.seenAt,
    lostBy: before.lostBy,
    outcome: outcomeOf(before.offset, before.resetTo, offset),
  }
}

/**
 * A step back, as the loss that it may be. Nobody outside a group may commit while it has members, so either a member
 * sought back, or the group lost its offset and began again between two readings. Null if there was none.
 */
export function stepBackOf({ offset, gone, previousCommit: before }: Commit): Loss | null {
  if (gone !== null || before?.reason !== 'moved-back') return null
  const outcome = outcomeOf(before.offset, before.resetTo, offset)
  return { lost: before.offset, lastSeenAt: before.seenAt, lostBy: before.lostBy, outcome }
}

/**
 * @param lost the offset before the loss
 * @param resetTo the first offset seen after it
 * @param now the newest offset
 */
export function outcomeOf(lost: bigint, resetTo: bigint, now: bigint): Outcome {
  if (now === lost || resetTo === lost) return { kind: 'recovered' }
  if (now < lost) return { kind: 'rewound', by: lost - now }
  if (resetTo < lost) return { kind: 'caught-up' }
  return { kind: 'went-on-or-skipped', by: resetTo - lost }
}

/**
 * When a step back was found in a group that had members then, ms since the epoch: a member sought back, or the group
 * was deleted and started again between two readings. Null if there was none, or if an earlier version found it.
 */
export const steppedBackAt = ({ gone, previousCommit: before }: Commit): number | null =>
  gone === null &&
  before?.reason === 'moved-back' &&
  before.foundInState !== null &&
  !hasNoMembers({ state: before.foundInState })
    ? before.lostBy
    : null
