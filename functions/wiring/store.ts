import { parseAlertState } from '../core/alerts/alert-state.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import type { ActionStore, Alerts, IgnoreStore, RestoreStore } from '../jobs/ports.ts'
import { withSlackIgnores } from '../jobs/slack-ignores.ts'
import { actionStore } from '../store/actions.ts'
import { alertStore } from '../store/alerts.ts'
import { ignoreStore } from '../store/ignores.ts'
import { openStore } from '../store/objects/open-store.ts'
import { restoreStore } from '../store/restores.ts'
import { type SnapshotStore, snapshotStore } from '../store/snapshots/snapshots.ts'

export const snapshotsOf = ({
  store,
  storeLock,
  clockSkew,
}: Pick<Settings, 'store' | 'storeLock' | 'clockSkew'>): SnapshotStore =>
  snapshotStore(openStore(store, storeLock), Date.now, clockSkew)

export const alertsOf = (settings: Settings): Alerts => alertStore(openStore(settings.store), parseAlertState)

export const restoresOf = (settings: Settings): RestoreStore => restoreStore(openStore(settings.store))

export const actionsOf = (settings: Pick<Settings, 'store'>): ActionStore =>
  actionStore(openStore(settings.store))

export const ignoresOf = (settings: Pick<Settings, 'store'>): IgnoreStore =>
  ignoreStore(openStore(settings.store))

export const withIgnores = (settings: Settings, cluster: ClusterSettings): Promise<ClusterSettings> =>
  withSlackIgnores(cluster, ignoresOf(settings), Date.now())
