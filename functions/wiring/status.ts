import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type CheckedStatus, type ReadStatus, readStatus } from '../jobs/read-status.ts'
import { alertsOf, snapshotsOf } from './store.ts'

/** @see readStatus */
export const statusOfCluster = (
  settings: Settings,
  cluster: ClusterSettings,
  asked: Pick<ReadStatus, 'now' | 'selection' | 'check' | 'onSkipped' | 'onUnreadableState'>,
): Promise<CheckedStatus> =>
  readStatus({
    ...asked,
    cluster,
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    clockSkew: settings.clockSkew,
    interval: settings.interval,
  })
