import { parseAlertState } from '../core/alerts/alert-state.ts'
import type { Settings } from '../core/model/settings.ts'
import type { Alerts, RestoreStore } from '../jobs/ports.ts'
import { alertStore } from '../store/alerts.ts'
import { openStore } from '../store/objects/open-store.ts'
import { restoreStore } from '../store/restores.ts'
import { type SnapshotStore, snapshotStore } from '../store/snapshots/snapshots.ts'

/** The parts of the store that several jobs use. */

export const snapshotsOf = ({
  store,
  storeLock,
  clockSkew,
}: Pick<Settings, 'store' | 'storeLock' | 'clockSkew'>): SnapshotStore =>
  snapshotStore(openStore(store, storeLock), Date.now, clockSkew)

export const alertsOf = (settings: Settings): Alerts => alertStore(openStore(settings.store), parseAlertState)

export const restoresOf = (settings: Settings): RestoreStore => restoreStore(openStore(settings.store))
