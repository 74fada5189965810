import { type AlertState, emptyAlertState } from '../core/alerts/alert-state.ts'
import { currentSilences } from '../core/alerts/silence.ts'
import { matches } from '../core/glob.ts'
import type { Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { noSnapshot } from './not-found.ts'
import type { Alerts, SkipOptions, StatusSnapshots } from './ports.ts'
import {
  checkCode,
  type StatusContext,
  type StatusFilter,
  type StoredStatus,
  statusOf,
  withoutAcknowledged,
} from './status.ts'

export interface ReadStatus extends StatusContext, SkipOptions {
  store: string
  snapshots: StatusSnapshots
  alerts: Pick<Alerts, 'read'>
  selection: StatusFilter
  /** Leaves out acknowledged findings, and computes the exit code. `maxAge`: greatest age of a snapshot, ms. */
  check: { maxAge: number } | undefined
  /** Gets the message of an alert state that cannot be read. */
  onUnreadableState?: (message: string) => void
}

/** @see checkCode; 0 without a check. */
export interface CheckedStatus extends StoredStatus {
  code: 0 | 1 | 3 | 4
}

/**
 * The newest snapshot of a cluster, assessed by the policy now.
 * @throws UnknownGroup, or a Failure if no snapshot can be used
 */
export async function readStatus(job: ReadStatus): Promise<CheckedStatus> {
  const { cluster, selection, check, now } = job
  const skipped: string[] = []
  const onSkipped = (problem: Problem) => {
    skipped.push(problem.message)
    job.onSkipped?.(problem)
  }
  const snapshot = await newestOf(job.snapshots, cluster.name, selection.group, { onSkipped })
  if (!snapshot) throw noSnapshot(cluster.name, skipped)

  const state = await alertState(job)
  const silences = currentSilences(state, cluster.policy, now)
  const status = { ...statusOf(snapshot, job, selection), store: job.store, silences }
  if (!check) return { ...status, code: 0 }
  const found = { ...status, groups: withoutAcknowledged(status.groups, state, now) }
  return { ...found, code: checkCode(found, now, check.maxAge) }
}

/** Reads the matching groups only; falls back to the whole snapshot, to suggest similar group ids. */
async function newestOf(
  snapshots: StatusSnapshots,
  cluster: string,
  pattern: string | undefined,
  skip: SkipOptions,
): Promise<Snapshot | undefined> {
  if (pattern === undefined) return snapshots.newest(cluster, skip)

  const [prefix = ''] = pattern.split('*')
  const some = await snapshots.newestBeginning(cluster, prefix, skip)
  const isKnown = some?.commits.columns.group_id.strings.some(group => matches(pattern, group))
  return isKnown ? some : snapshots.newest(cluster)
}

/**
 * The alert state. A state that cannot be read acknowledges nothing: a superfluous finding is better than a missing
 * one.
 */
export async function alertState({
  alerts,
  cluster,
  onUnreadableState,
}: Pick<ReadStatus, 'alerts' | 'cluster' | 'onUnreadableState'>): Promise<AlertState> {
  const none = emptyAlertState(cluster.name)
  try {
    return (await alerts.read(cluster.name))?.state ?? none
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    onUnreadableState?.(error.message)
    return none
  }
}
