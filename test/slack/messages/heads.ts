import type { SnapshotHead } from '../../../functions/core/snapshot.ts'
import { headOf } from '../../builders/snapshots.ts'
import { sevenDays, takenAt } from './samples.ts'

/** The head of a snapshot of the samples' cluster. */
export const aHead = (changes: Partial<SnapshotHead> = {}): SnapshotHead =>
  headOf({
    clusterId: 'k1',
    takenAt,
    finishedAt: (changes.takenAt ?? takenAt) + 3000,
    retention: [sevenDays],
    log: null,
    cursors: [],
    offsetsTopic: null,
    ...changes,
  })
