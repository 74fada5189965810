import type { NeverCommitted } from '../model/never-committed.ts'
import type { AssessmentContext } from '../policy.ts'
import type { AlertState } from './alert-state.ts'

export interface AlertContext extends AssessmentContext {
  /** Start of the snapshot, ms. */
  takenAt: number
  /**
   * When `nextState` decided, ms; `now` if undefined. A silence that ends after this time still holds for the messages.
   */
  decidedAt?: number
  /** Time of the daily digest, ms after midnight. */
  digestAt: number
  /** The time zone of `digestAt`; UTC if undefined. */
  digestZone?: string | undefined
  /**
   * True if the snapshot is older than one that was watched before. Such a snapshot neither proves a loss nor ends an
   * incident.
   */
  isStale: boolean
  /** Partitions that snapshots have shown without a commit for two intervals. */
  neverCommitted?: readonly NeverCommitted[]
  /**
   * Called if the code for an incident or a message throws, so that the others continue. If undefined, the error is
   * thrown.
   */
  onBroken?: (subject: string, error: unknown) => void
}

/** True if the snapshot is watched for the first time. */
export const isNewSnapshot = (
  { watched }: Pick<AlertState, 'watched'>,
  { takenAt, isStale }: Pick<AlertContext, 'takenAt' | 'isStale'>,
): boolean => !isStale && takenAt !== watched
