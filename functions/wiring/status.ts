import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type ReadStatus, readStatus } from '../jobs/read-status.ts'
import type { Status } from '../jobs/status.ts'
import { alertsOf, snapshotsOf } from './store.ts'

/** @see readStatus */
export const statusOfCluster = (
  settings: Settings,
  cluster: ClusterSettings,
  asked: Pick<ReadStatus, 'now' | 'selection' | 'isCheck' | 'onSkipped' | 'onUnreadableState'>,
): Promise<Status> =>
  readStatus({
    ...asked,
    cluster,
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    clockSkew: settings.clockSkew,
    interval: settings.interval,
  })
