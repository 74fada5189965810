import type { Settings } from '../core/model/settings.ts'
import { heartbeat } from '../jobs/heartbeat.ts'
import { snapshotsOf } from './store.ts'

export const heartbeatOf = (settings: Settings, cluster: string): Promise<number | undefined> =>
  heartbeat({ cluster, snapshots: snapshotsOf(settings), interval: settings.interval, now: Date.now() })
