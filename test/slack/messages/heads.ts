import type { SnapshotHead } from '../../../functions/core/snapshot.ts'
import { sevenDays, takenAt } from './samples.ts'

/** Of a snapshot of the cluster of the samples. */
export const aHead = (changes: Partial<SnapshotHead> = {}): SnapshotHead => ({
  formatVersion: 1,
  toolVersion: '0.0.0',
  cluster: 'prod',
  clusterId: 'k1',
  takenAt,
  finishedAt: takenAt + 3000,
  mode: 'observed',
  complete: true,
  counts: { groups: 1, commits: 1, gone: 0 },
  problems: [],
  retention: [sevenDays],
  log: null,
  cursors: [],
  offsetsTopic: null,
  clockSkew: 60_000,
  ...changes,
})
