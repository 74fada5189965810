import type { NeverCommitted } from '../model/never-committed.ts'
import type { AssessmentContext } from '../policy.ts'

export interface AlertContext extends AssessmentContext {
  /** Start of the snapshot, ms. */
  takenAt: number
  /** ms after midnight, of the daily digest. */
  digestAt: number
  /** The time zone of `digestAt`; undefined: UTC. */
  digestZone?: string | undefined
  /** The snapshot is older than one that was watched before: it proves no loss, and it ends nothing. */
  isStale: boolean
  /** Of the snapshot, once seen for two intervals. */
  neverCommitted?: readonly NeverCommitted[]
  /** Called with what cannot be followed or made into a message; the rest goes on. Without it the error is thrown. */
  onBroken?: (subject: string, error: unknown) => void
}
