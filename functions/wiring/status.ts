import { type CheckedStatus, type ReadStatus, readStatus } from '../jobs/read-status.ts'
import type { Status } from '../jobs/status.ts'
import { type SuggestedIgnore, suggestIgnores } from '../jobs/suggest-ignores.ts'
import type { StoredCluster } from './clusters.ts'
import { alertsOf, snapshotsOf, withIgnores } from './store.ts'

export const statusOfCluster = async (
  { cluster, settings }: StoredCluster,
  asked: Pick<ReadStatus, 'now' | 'selection' | 'check' | 'onSkipped' | 'onUnreadableState'>,
): Promise<CheckedStatus> =>
  readStatus({
    ...asked,
    cluster: await withIgnores(settings, cluster),
    store: settings.store,
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    interval: settings.interval,
  })

/** The suggestions for each cluster. */
export const suggestedIgnores = (statuses: readonly Status[]): [cluster: string, SuggestedIgnore[]][] =>
  statuses.map(({ head, groups }) => [head.cluster, suggestIgnores(groups)])
