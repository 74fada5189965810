import type { Commit, PreviousCommit } from '../model/commit.ts'
import { hasNoMembers } from '../model/group-state.ts'

/** After a loss: still gone, or committed again at the same, a lower or a higher offset. Numbers of records. */
export type Outcome =
  | { kind: 'gone' }
  | { kind: 'recovered' }
  | { kind: 'rewound'; by: bigint }
  | { kind: 'caught-up' }
  | { kind: 'went-on-or-skipped'; by: bigint }

/** A position that was lost: the offset is gone, or was gone and has been committed anew. */
export interface Loss {
  /** The offset before. */
  lost: bigint
  /** End of the last reading that saw it. With the partition it identifies the loss. */
  lastSeenAt: number
  /** End of the reading that found it gone, or committed elsewhere since: it was lost before. */
  lostBy: number
  outcome: Outcome
}

/** A deleted topic has no position to lose, and a backwards move is somebody's intention. */
export const isLoss = (reason: PreviousCommit['reason']): boolean =>
  reason !== 'topic-deleted' && reason !== 'moved-back'

/** Null where nothing was lost. */
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
 * A step back, as the loss that it may be: nobody outside may commit while a group has members, so either a member sought
 * back, or the group lost its offset and began again between two readings. Null where there was none.
 */
export function stepBackOf({ offset, gone, previousCommit: before }: Commit): Loss | null {
  if (gone !== null || before?.reason !== 'moved-back') return null
  const outcome = outcomeOf(before.offset, before.resetTo, offset)
  return { lost: before.offset, lastSeenAt: before.seenAt, lostBy: before.lostBy, outcome }
}

/**
 * @param lost the offset before the loss
 * @param resetTo the first one seen after it
 * @param now the one seen last
 */
export function outcomeOf(lost: bigint, resetTo: bigint, now: bigint): Outcome {
  if (now === lost || resetTo === lost) return { kind: 'recovered' }
  if (now < lost) return { kind: 'rewound', by: lost - now }
  if (resetTo < lost) return { kind: 'caught-up' }
  return { kind: 'went-on-or-skipped', by: resetTo - lost }
}

/**
 * When a step back was found of a group that has members, ms since the epoch: a member sought back, or the group was
 * deleted and began again between two readings. Null where there was none.
 */
export const steppedBackAt = ({ state, gone, previousCommit: before }: Commit): number | null =>
  gone === null && before?.reason === 'moved-back' && !hasNoMembers({ state }) ? before.lostBy : null
